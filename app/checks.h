// Checks of the texts of flags, for Flag::Check. CLI11's own validators read an empty text as 0 and -1 as the
// largest unsigned number, and accept nan in any range. Their messages differ in style.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace hourglass::app {

// Returns "" for a good text, else what it expected instead: "a whole number from 1 to 50".
using TextCheck = std::function<std::string(const std::string& text)>;

TextCheck WholeNumber(uint64_t low = 0, uint64_t high = std::numeric_limits<uint64_t>::max());
TextCheck Number(double low, double high);
TextCheck OneOf(std::vector<std::string> choices);

}  // namespace hourglass::app
