// The version of the program, with the commit it was built from.
#pragma once

#include <string>

namespace hourglass::app {

std::string ProgramVersion();  // "0.1.0 (1a2b3c4)"; from a source archive "0.1.0"

}  // namespace hourglass::app
