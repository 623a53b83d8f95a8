#include "hourglass/map/detail/fft_plan.h"

#include <cmath>
#include <numbers>

#include "hourglass/core/check.h"

namespace hourglass {
namespace {

int RadixOf(int64_t length) {
  if (length % 4 == 0) return 4;
  if (length % 3 == 0) return 3;
  HOURGLASS_CHECK(length % 2 == 0);
  return 2;
}

std::vector<float> FactorsOf(int64_t length, int radix) {
  std::vector<float> factors;
  for (int64_t p = 0; p < length / radix; ++p) {
    for (int64_t k = 1; k < radix; ++k) {
      const double angle =
          -2 * std::numbers::pi * static_cast<double>(p * k % length) / static_cast<double>(length);
      factors.push_back(static_cast<float>(std::cos(angle)));
      factors.push_back(static_cast<float>(std::sin(angle)));
    }
  }
  return factors;
}

}  // namespace

FftPlan MakeFftPlan(int64_t rows) {
  HOURGLASS_CHECK(rows >= 2);
  FftPlan plan = {.rows = rows, .stages = {}};
  for (int64_t length = rows, step = 1; length > 1;) {
    const int radix = RadixOf(length);
    plan.stages.push_back({radix, length, step, FactorsOf(length, radix)});
    length /= radix;
    step *= radix;
  }
  return plan;
}

}  // namespace hourglass
