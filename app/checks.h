// What the text of a flag must be, for check(). CLI11's own checks take an empty text for 0, -1 for the
// largest unsigned number, and nan for a number in any range; their words are not ours.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace hourglass::app {

// The message of each is what was expected, such as "a whole number from 1 to 50".
CLI::Validator WholeNumber(uint64_t low = 0, uint64_t high = std::numeric_limits<uint64_t>::max());
CLI::Validator Number(double low, double high);
CLI::Validator OneOf(std::vector<std::string> choices);

}  // namespace hourglass::app
