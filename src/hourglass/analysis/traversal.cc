#include "hourglass/analysis/traversal.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "hourglass/core/error.h"
#include "hourglass/core/require.h"

namespace hourglass {
namespace {

// How much a number says about an image.
double WeightOf(const CodeUnit& unit) {
  return unit.divergence.value_or(unit.variance);
}

void RequireFinite(const CodeUnits& codes) {
  const auto finite = [](const CodeUnit& unit) {
    return std::isfinite(unit.mean) && std::isfinite(unit.variance) && std::isfinite(WeightOf(unit));
  };
  if (std::ranges::all_of(codes.units, finite)) return;
  throw DataError({.what = "the model gives codes that are not finite", .expected = "a trained model"});
}

}  // namespace

Traversal Traverse(const CodeUnits& codes, int64_t steps, int64_t most) {
  RequireAtLeast("number of steps", steps, 2);
  RequireAtLeast("number of numbers", most, 1);
  RequireFinite(codes);
  const int64_t d = std::ssize(codes.units);
  Traversal result;
  result.numbers.resize(static_cast<size_t>(d));
  std::iota(result.numbers.begin(), result.numbers.end(), int64_t{0});
  std::ranges::stable_sort(result.numbers, std::greater(),
                           [&](int64_t i) { return WeightOf(codes.units[static_cast<size_t>(i)]); });
  result.numbers.resize(static_cast<size_t>(std::min(d, most)));
  for (int64_t step = 0; step < steps; ++step) {
    const int64_t of_middle = 2 * step - (steps - 1);  // so that the middle is exact
    result.steps.push_back(kTraversedDeviations * static_cast<double>(of_middle) /
                           static_cast<double>(steps - 1));
  }
  result.codes = Tensor({std::ssize(result.numbers) * steps, d});
  float* code = result.codes.data<float>();
  for (const int64_t number : result.numbers) {
    for (const double step : result.steps) {
      for (int64_t j = 0; j < d; ++j) {
        const CodeUnit& unit = codes.units[static_cast<size_t>(j)];
        const double value = unit.mean + (j == number ? step * std::sqrt(unit.variance) : 0);
        *code++ = static_cast<float>(codes.rectified ? std::max(value, 0.0) : value);
      }
    }
  }
  return result;
}

}  // namespace hourglass
