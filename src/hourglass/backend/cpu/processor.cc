// Detects the capabilities of this CPU.
#include <fmt/format.h>
#include <hwy/highway.h>

#include <oneapi/dnnl/dnnl.hpp>

#include "hourglass/backend/make_backend.h"

namespace hourglass {

PrecisionChoice AutoPrecision() {
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  const auto has = [isa](dnnl::cpu_isa feature) {
    return (static_cast<int>(isa) & static_cast<int>(feature)) == static_cast<int>(feature);
  };
  if (has(dnnl::cpu_isa::avx512_core_amx)) return {DType::kBF16, "the processor has AMX"};
  if (!has(dnnl::cpu_isa::avx512_core_bf16)) return {DType::kF32, "the processor has no bf16 instructions"};
  // VDPBF16PS has twice the arithmetic rate of f32 on AMD (Zen 4) and half of it on Intel cores. Measured
  // with oneDNN's matrix product on a Sapphire Rapids core without AMX: 215 Gflop/s in bf16, 395 in f32.
  __builtin_cpu_init();
  if (__builtin_cpu_is("amd")) return {DType::kBF16, "the processor has AVX512-BF16 at full rate"};
  return {DType::kF32, "this processor's AVX512-BF16 is slower than its f32"};
}

std::string OneDnnVersion() {
  const dnnl::version_t* version = dnnl::version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

std::vector<std::string> SimdTargets() {
  std::vector<std::string> names;
  const int64_t supported = static_cast<int64_t>(hwy::SupportedTargets());
  for (int64_t bit = 1; bit > 0 && bit <= supported; bit <<= 1) {
    if ((supported & bit) != 0) names.emplace_back(hwy::TargetName(bit));
  }
  return names;
}

}  // namespace hourglass
