# find_package(hourglass) gives hourglass::hourglass, the whole library, and one target per part: hourglass::model, …
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
include(${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/hourglass-targets.cmake)
