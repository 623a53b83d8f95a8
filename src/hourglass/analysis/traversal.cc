#include "hourglass/analysis/traversal.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>

#include "hourglass/core/error.h"
#include "hourglass/core/require.h"

namespace hourglass {
namespace {

void RequireFinite(const CodeUnits& codes) {
  if (AreFinite(codes)) return;
  throw DataError({.what = "the model gives codes that are not finite", .expected = "a trained model"});
}

// The code that stands still, [d].
std::vector<double> MiddleCode(const CodeUnits& codes, const std::optional<ImageCode>& around) {
  std::vector<double> middle;
  if (around) {
    RequireTensor("code of an image", around->code, DType::kF32, {1, std::ssize(codes.units)});
    middle.assign(around->code.span<float>().begin(), around->code.span<float>().end());
  } else {
    std::ranges::transform(codes.units, std::back_inserter(middle), &CodeUnit::mean);
  }
  return middle;
}

}  // namespace

bool AreFinite(const CodeUnits& codes) {
  return std::ranges::all_of(codes.units, [](const CodeUnit& unit) {
    return std::isfinite(unit.mean) && std::isfinite(unit.variance) && std::isfinite(unit.weight());
  });
}

Traversal Traverse(const CodeUnits& codes, int64_t steps, int64_t most,
                   const std::optional<ImageCode>& around) {
  RequireAtLeast("number of steps", steps, 2);
  RequireAtLeast("number of numbers", most, 1);
  RequireFinite(codes);
  const std::vector<double> middle = MiddleCode(codes, around);
  const int64_t d = std::ssize(codes.units);
  Traversal result;
  if (around) result.image = around->id;
  result.numbers.resize(static_cast<size_t>(d));
  std::iota(result.numbers.begin(), result.numbers.end(), int64_t{0});
  std::ranges::stable_sort(result.numbers, std::greater(),
                           [&](int64_t i) { return codes.units[static_cast<size_t>(i)].weight(); });
  result.constant = std::ranges::count_if(codes.units, &CodeUnit::constant);
  if (result.constant == d) result.constant = 0;  // then they are all there is to show
  if (result.constant > 0) {
    std::erase_if(result.numbers, [&](int64_t i) { return codes.units[static_cast<size_t>(i)].constant(); });
  }
  result.numbers.resize(std::min(result.numbers.size(), static_cast<size_t>(most)));
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
        const auto at = static_cast<size_t>(j);
        const double value = middle[at] + (j == number ? step * std::sqrt(codes.units[at].variance) : 0);
        *code++ = static_cast<float>(codes.rectified ? std::max(value, 0.0) : value);
      }
    }
  }
  return result;
}

}  // namespace hourglass
