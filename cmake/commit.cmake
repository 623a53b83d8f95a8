# Writes the commit of the git checkout SOURCE into the header OUTPUT, or an empty text outside a checkout. Leaves
# an unchanged file untouched.
cmake_minimum_required(VERSION 3.25)  # the policies of the project
set(commit "")
find_package(Git QUIET)
if(GIT_FOUND AND EXISTS ${SOURCE}/.git)
  execute_process(COMMAND ${GIT_EXECUTABLE} describe --always --dirty --tags WORKING_DIRECTORY ${SOURCE}
                  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define HOURGLASS_COMMIT \"@commit@\"\n" @ONLY)
