# Warnings and sanitizers, as INTERFACE targets that every target of ours links.
add_library(aven_options INTERFACE)
target_compile_options(aven_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wvla
  $<$<BOOL:${AVEN_WERROR}>:-Werror>)
target_compile_definitions(aven_options INTERFACE $<$<NOT:$<CONFIG:Release>>:_GLIBCXX_ASSERTIONS>)
target_include_directories(aven_options INTERFACE "${PROJECT_SOURCE_DIR}/resolver")

if(AVEN_SANITIZE)
  # GCC warns wrongly of uninitialised values in instrumented code (its manual, -fsanitize=address).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(aven_options INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_compile_options(aven_options INTERFACE -fsanitize=${AVEN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(aven_options INTERFACE -fsanitize=${AVEN_SANITIZE})
endif()

find_program(AVEN_CCACHE ccache)
if(AVEN_CCACHE)
  # Without this it caches nothing that uses a precompiled header (its manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros "${AVEN_CCACHE}")
endif()
