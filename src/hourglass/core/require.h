// Argument checks for the start of a public function. Each throws a usage Error that shows the expected and
// the given value. `what` names the argument: "axis", "number of labels".
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "hourglass/core/tensor.h"

namespace hourglass {

[[noreturn]] void RefuseNumber(std::string_view what, int64_t value, int64_t low, int64_t high);

// `value` must be between `low` and `high`, both included.
inline void RequireBetween(std::string_view what, int64_t value, int64_t low, int64_t high) {
  if (value < low || value > high) RefuseNumber(what, value, low, high);
}
inline void RequireAtLeast(std::string_view what, int64_t value, int64_t low) {
  RequireBetween(what, value, low, std::numeric_limits<int64_t>::max());
}
inline void RequireEqual(std::string_view what, int64_t value, int64_t expected) {
  RequireBetween(what, value, expected, expected);
}

void RequireType(std::string_view what, DType dtype, DType expected);
// The tensor must have this type and shape.
void RequireTensor(std::string_view what, const Tensor& tensor, DType dtype, const Shape& shape);

}  // namespace hourglass
