// Validators of flag texts, for check(). CLI11's own validators read an empty text as 0 and -1 as the largest
// unsigned number, and accept nan in any range. Their messages differ in style.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace hourglass::app {

// Each message says what was expected: "a whole number from 1 to 50".
CLI::Validator WholeNumber(uint64_t low = 0, uint64_t high = std::numeric_limits<uint64_t>::max());
CLI::Validator Number(double low, double high);
CLI::Validator OneOf(std::vector<std::string> choices);

}  // namespace hourglass::app
