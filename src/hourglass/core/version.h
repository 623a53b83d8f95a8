// The version of hourglass.
#pragma once

#include <string>

namespace hourglass {

std::string Version();  // "0.1.0"

}  // namespace hourglass
