# Compiler flags for all code, and the functions that define libraries, tests and built-in texts.

add_library(hourglass_flags INTERFACE)
target_compile_options(hourglass_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # false warning of GCC 12 about std::string's operator+ (GCC bug 105651)
  $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=500000>  # GCC collects its garbage later: 15 % less time, 130 MB more
  $<$<BOOL:${HOURGLASS_WERROR}>:-Werror>)
target_compile_definitions(hourglass_flags INTERFACE HWY_DISABLED_TARGETS=HWY_SSSE3)  # before 2008; it only costs compile time
if(HOURGLASS_SANITIZE)
  target_compile_options(hourglass_flags INTERFACE
    -fsanitize=${HOURGLASS_SANITIZE} -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1)
  target_link_options(hourglass_flags INTERFACE -fsanitize=${HOURGLASS_SANITIZE})
  target_compile_definitions(hourglass_flags INTERFACE HOURGLASS_SANITIZED)
endif()

# For code that takes longer to compile than to run: -O1, or -Og for code whose own loops take no time. With -Og it
# compiles a quarter faster than with -O1, and runs as fast.
add_library(hourglass_quick_flags INTERFACE)
target_compile_options(hourglass_quick_flags INTERFACE $<$<CONFIG:Release>:-O1>)
add_library(hourglass_quickest_flags INTERFACE)
target_compile_options(hourglass_quickest_flags INTERFACE $<$<CONFIG:Release>:-Og>)

# hourglass_unity(<target> <n>) compiles n files of the target at a time, because headers take most of the time. So
# names in unnamed namespaces must differ within a folder. A file that includes itself once per instruction set is
# compiled alone.
function(hourglass_unity target n)
  get_target_property(sources ${target} SOURCES)
  foreach(source ${sources})
    file(STRINGS ${source} includes_itself REGEX "HWY_TARGET_INCLUDE" LIMIT_COUNT 1)
    if(includes_itself)
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD "${HOURGLASS_UNITY}" UNITY_BUILD_BATCH_SIZE ${n})
endfunction()

# hourglass_precompile(<target> <group> <header>...) compiles the headers once for all targets of the group, with the
# first target's options and definitions. GCC uses them only for targets with the same ones, except that it accepts -Og
# beside -O1.
function(hourglass_precompile target group)
  get_property(first GLOBAL PROPERTY hourglass_precompiled_${group})
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    set_property(GLOBAL PROPERTY hourglass_precompiled_${group} ${target})
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# hourglass_library(<part> [OWN_FLAGS] [LOOPS | CALLS] [GENERATED <file>...] [USES <part or target>...] [PRIVATE_USES <target>...])
# defines the static library hourglass_<part> from all files of src/hourglass/<part>, new ones included.
# OWN_FLAGS: options or definitions differ from core's. LOOPS: most of the program's time goes into its own loops, so it
# is optimised fully. CALLS: it only calls other parts, so it is hardly optimised.
function(hourglass_library part)
  cmake_parse_arguments(ARG "OWN_FLAGS;LOOPS;CALLS" "" "GENERATED;USES;PRIVATE_USES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cc)
  add_library(hourglass_${part} STATIC ${sources} ${ARG_GENERATED})
  add_library(hourglass::${part} ALIAS hourglass_${part})
  set_target_properties(hourglass_${part} PROPERTIES EXPORT_NAME ${part})
  target_compile_features(hourglass_${part} PUBLIC cxx_std_20)
  hourglass_unity(hourglass_${part} 12)
  target_include_directories(hourglass_${part} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(hourglass_${part} PUBLIC ${ARG_USES} PRIVATE $<BUILD_INTERFACE:hourglass_flags>
    ${ARG_PRIVATE_USES})
  if(ARG_CALLS)
    target_link_libraries(hourglass_${part} PRIVATE $<BUILD_INTERFACE:hourglass_quickest_flags>)
  elseif(NOT ARG_LOOPS)
    target_link_libraries(hourglass_${part} PRIVATE $<BUILD_INTERFACE:hourglass_quick_flags>)
  endif()
  target_compile_options(hourglass_${part} PRIVATE -Wconversion -Wno-sign-conversion)
  if(NOT ARG_OWN_FLAGS)
    hourglass_precompile(hourglass_${part} library
      <algorithm> <filesystem> <fmt/ranges.h> <functional> <map> <nlohmann/json.hpp> <optional> <span> <sstream> <vector>)
  endif()
  install(TARGETS hourglass_${part} EXPORT hourglass ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          COMPONENT development)
endfunction()

# hourglass_test(<name> [LOOPS] [OWN_FLAGS] [THREADS] [SOURCES <file>...] USES <target>...) defines a GoogleTest program
# from all files of its folder, or from SOURCES, and registers it with CTest. LOOPS: most of its time goes into its own
# plain loops. THREADS: ThreadSanitizer runs it too.
function(hourglass_test name)
  cmake_parse_arguments(ARG "LOOPS;OWN_FLAGS;THREADS" "" "SOURCES;USES" ${ARGN})
  if(NOT ARG_SOURCES)
    file(GLOB ARG_SOURCES CONFIGURE_DEPENDS *.cc)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${ARG_USES} hourglass_flags $<$<NOT:$<BOOL:${ARG_LOOPS}>>:hourglass_quick_flags>
    GTest::gtest GTest::gmock GTest::gtest_main)
  if(NOT ARG_OWN_FLAGS)
    hourglass_precompile(${name} test_${ARG_LOOPS} <gmock/gmock.h> <gtest/gtest.h> <fmt/format.h> <nlohmann/json.hpp>)
  endif()
  if(HOURGLASS_SANITIZE AND NOT ARG_LOOPS)
    target_compile_options(${name} PRIVATE -O0)
  endif()
  hourglass_unity(${name} 5)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
  if(ARG_THREADS)
    set_tests_properties(${name} PROPERTIES LABELS threads)
    add_dependencies(hourglass_thread_tests ${name})
  endif()
endfunction()

# hourglass_built_in_texts(<variable> <header> <folder>) writes built_in_<folder>.cc, which defines the list <variable>
# that <header> declares, from the files <folder>/*.toml of the project. A changed or added file triggers a rebuild.
function(hourglass_built_in_texts variable header folder)
  set(rows "")
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.toml)
  foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} text)
    string(APPEND rows "    {\"${name}\", R\"toml(${text})toml\"},\n")
  endforeach()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/built_in_texts.cc.in built_in_${folder}.cc @ONLY)
endfunction()
