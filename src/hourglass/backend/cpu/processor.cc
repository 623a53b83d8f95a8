// Detects the capabilities of this CPU.
#include <fmt/ranges.h>
#include <hwy/highway.h>

#include "hourglass/backend/cpu/product.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"

namespace hourglass {

PrecisionChoice AutoPrecision(bool convolutions, bool gpu) {
  using cpu::PairProducts;
  // Kernels of convolutions compute in f32: bf16 only costs them its conversions, a fifth of an epoch of
  // conv.
  if (convolutions) return {DType::kF32, "convolutions are faster in f32"};
  if (gpu) return {DType::kBF16, "the GPU multiplies bf16 faster than f32"};
  switch (cpu::SupportedPairProducts().back()) {
    case PairProducts::kAmx:
      return {DType::kBF16, "the processor has AMX"};
    case PairProducts::kAvx512Bf16:
      return {DType::kBF16, "the processor has AVX512-BF16 at full rate"};
    case PairProducts::kWidened:
      break;
  }
  return {DType::kF32, "this processor does not multiply bf16 faster than f32"};
}

std::string Bf16Instructions() {
  return std::string(Name(cpu::SupportedPairProducts().back()));
}

std::vector<std::string> SimdTargets() {
  std::vector<std::string> names;
  const int64_t supported = static_cast<int64_t>(hwy::SupportedTargets());
  for (int64_t bit = 1; bit > 0 && bit <= supported; bit <<= 1) {
    if ((supported & bit) != 0) names.emplace_back(hwy::TargetName(bit));
  }
  return names;
}

void LimitSimd(const std::string& target) {
  const auto supported = static_cast<int64_t>(hwy::SupportedTargets());
  for (int64_t bit = 1; bit > 0 && bit <= supported; bit <<= 1) {
    // Not DisableTargets: kernels would not notice.
    if ((supported & bit) != 0 && target == hwy::TargetName(bit))
      return hwy::SetSupportedTargetsForTest(supported & ~(bit - 1));
  }
  throw UsageError({.what = "unknown instruction set",
                    .expected = fmt::format("{}", fmt::join(SimdTargets(), ", ")),
                    .got = target});
}

}  // namespace hourglass
