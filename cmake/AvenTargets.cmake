# aven_layer(NAME SOURCES ... LINKS ...): one static library per folder of resolver/.
# LINKS holds the arrows of the design: a layer names only layers below it.
function(aven_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(aven_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(aven_${name} PUBLIC aven_options ${ARG_LINKS})
endfunction()

# aven_test(NAME SOURCES ... LINKS ...): one Catch2 binary, its cases registered with ctest.
function(aven_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE aven_options ${ARG_LINKS} Catch2::Catch2WithMain)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_compile_definitions(${name} PRIVATE AVEN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  aven_reuse_catch_header(${name})
  catch_discover_tests(${name} TEST_PREFIX "${name}: ")
endfunction()

# Catch2's one header takes longer to read than most tests: it is compiled once, for all of them.
function(aven_reuse_catch_header name)
  if(NOT TARGET aven_catch_header)
    file(WRITE "${CMAKE_BINARY_DIR}/catch_header.cpp" "")
    add_library(aven_catch_header OBJECT "${CMAKE_BINARY_DIR}/catch_header.cpp")
    target_link_libraries(aven_catch_header PRIVATE aven_options Catch2::Catch2)
    target_compile_definitions(aven_catch_header PRIVATE AVEN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_compile_options(aven_catch_header PRIVATE -pthread)
    target_precompile_headers(aven_catch_header PRIVATE <catch2/catch.hpp>)
  endif()
  target_compile_options(${name} PRIVATE -pthread)  # a precompiled header wants the same options
  target_precompile_headers(${name} REUSE_FROM aven_catch_header)
endfunction()
