# `cmake --install` has two components: program (with recipes and architectures), and development, the library for
# find_package(hourglass).
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hourglass)
install(TARGETS hourglass EXPORT hourglass)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/hourglass DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
        FILES_MATCHING PATTERN "*.h" PATTERN "cpu" EXCLUDE PATTERN "cuda" EXCLUDE PATTERN "detail" EXCLUDE PATTERN "digits" EXCLUDE
        PATTERN "checks" EXCLUDE PATTERN "reference.h" EXCLUDE PATTERN "*-inl.h" EXCLUDE PATTERN "with_loss.h" EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/recipes/ DESTINATION ${CMAKE_INSTALL_DATADIR}/hourglass/recipes
        FILES_MATCHING PATTERN "*.toml")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/architectures/ DESTINATION ${CMAKE_INSTALL_DATADIR}/hourglass/architectures
        FILES_MATCHING PATTERN "*.toml")
install(EXPORT hourglass NAMESPACE hourglass:: FILE hourglass-targets.cmake DESTINATION ${package_dir}
        COMPONENT development)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/hourglass-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/hourglass-config.cmake ${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake
              ${PROJECT_BINARY_DIR}/hourglass-config-version.cmake
        DESTINATION ${package_dir} COMPONENT development)
