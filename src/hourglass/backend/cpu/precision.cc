// What --precision auto means on the processor at hand.
#include <oneapi/dnnl/dnnl.hpp>

#include "hourglass/backend/backend.h"

namespace hourglass {

PrecisionChoice AutoPrecision() {
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  const auto has = [isa](dnnl::cpu_isa feature) {
    return (static_cast<int>(isa) & static_cast<int>(feature)) == static_cast<int>(feature);
  };
  if (has(dnnl::cpu_isa::avx512_core_amx)) return {DType::kBF16, "the processor has AMX"};
  if (!has(dnnl::cpu_isa::avx512_core_bf16)) return {DType::kF32, "the processor has no bf16 products"};
  // VDPBF16PS works at twice the arithmetic rate of f32 on AMD (Zen 4), at half of it on Intel's cores:
  // measured with oneDNN's matrix product on a Sapphire Rapids core without AMX, 215 Gflop/s in bf16 against
  // 395 in f32.
  __builtin_cpu_init();
  if (__builtin_cpu_is("amd")) return {DType::kBF16, "the processor has AVX512-BF16 at full rate"};
  return {DType::kF32, "this processor's AVX512-BF16 is slower than its f32"};
}

}  // namespace hourglass
