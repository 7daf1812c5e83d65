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
  catch_discover_tests(${name} TEST_PREFIX "${name}: ")
endfunction()
