# docs/configuration.md names every key of the program with its default, in the same order, and no other.
# Variables: PROGRAM, PAGE.
unset(ENV{HOURGLASS_DATA_DIR})  # set while tests run, but this test needs the default
execute_process(COMMAND ${PROGRAM} train --print-config OUTPUT_VARIABLE printed RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} train --print-config ended with ${status}")
endif()
set(keys "")
string(REGEX MATCHALL "\n[a-z0-9_]+ = [^ \n]+" lines "\n${printed}")
foreach(line IN LISTS lines)
  string(REGEX MATCH "([a-z0-9_]+) = \"?'?([^\"']*)" _ "${line}")
  list(APPEND keys "${CMAKE_MATCH_1}=${CMAKE_MATCH_2}")
endforeach()

set(documented "")
file(STRINGS ${PAGE} rows REGEX "^\\| `[a-z0-9_]+` \\|")
foreach(row IN LISTS rows)
  string(REGEX MATCH "^\\| `([a-z0-9_]+)` \\|[^|]*\\| `?([^|` ]*)`? ?\\|" _ "${row}")
  list(APPEND documented "${CMAKE_MATCH_1}=${CMAKE_MATCH_2}")
endforeach()

if(keys STREQUAL "" OR NOT keys STREQUAL documented)
  list(JOIN keys "\n  " keys)
  list(JOIN documented "\n  " documented)
  message(FATAL_ERROR "the program has\n  ${keys}\nand ${PAGE} has\n  ${documented}")
endif()
