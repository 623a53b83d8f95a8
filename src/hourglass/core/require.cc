#include "hourglass/core/require.h"

#include <fmt/format.h>

#include "hourglass/core/error.h"

namespace hourglass {

void RefuseNumber(std::string_view what, int64_t value, int64_t low, int64_t high) {
  const bool open = high == std::numeric_limits<int64_t>::max();
  std::string expected = fmt::format("{} to {}", low, high);
  if (open) expected = fmt::format("{} or more", low);
  if (low == high) expected = fmt::format("{}", low);
  if (low > high) expected = "none is valid";
  throw UsageError({.what = fmt::format("invalid {}", what),
                    .expected = std::move(expected),
                    .got = fmt::format("{}", value)});
}

void RequireType(std::string_view what, DType dtype, DType expected) {
  if (dtype == expected) return;
  throw UsageError({.what = fmt::format("invalid {}", what),
                    .expected = std::string(Name(expected)),
                    .got = std::string(Name(dtype))});
}

void RequireTensor(std::string_view what, const Tensor& tensor, DType dtype, const Shape& shape) {
  if (tensor.dtype() == dtype && tensor.shape() == shape) return;
  throw UsageError({.what = fmt::format("wrong shape or type of {}", what),
                    .expected = fmt::format("{} {}", Name(dtype), shape.ToString()),
                    .got = Describe(tensor)});
}

}  // namespace hourglass
