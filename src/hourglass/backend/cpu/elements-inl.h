// Loads and stores of f32 and bf16 as vectors of float, for the kernels that take both. Per-target include
// guard.
#if defined(HOURGLASS_BACKEND_CPU_ELEMENTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HOURGLASS_BACKEND_CPU_ELEMENTS_INL_H_
#undef HOURGLASS_BACKEND_CPU_ELEMENTS_INL_H_
#else
#define HOURGLASS_BACKEND_CPU_ELEMENTS_INL_H_
#endif

#include <hwy/highway.h>

#include "hourglass/core/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using VF32 = hn::Vec<F32>;

inline VF32 LoadFloats(const float* from) {
  return hn::LoadU(F32(), from);
}

inline VF32 LoadFloats(const BFloat16* from) {
  const F32 d;
  const hn::RebindToUnsigned<F32> du32;
  const hn::Rebind<uint16_t, F32> du16;
  const auto halves = hn::LoadU(du16, reinterpret_cast<const uint16_t*>(from));
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(du32, halves)));
}

inline void StoreFloats(VF32 values, float* to) {
  hn::StoreU(values, F32(), to);
}

// The bits of the values as bf16, one per lane: rounded to nearest, ties to even; NaN stays NaN.
template <class D>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D>> RoundedUpperHalves(D d, hn::Vec<D> values) {
  const hn::RebindToUnsigned<D> du32;
  // Not hn::NaN, whose bits are all 1: rounding would carry into the sign and make it zero.
  const auto quiet_nan = hn::BitCast(d, hn::Set(du32, 0x7FC00000));
  const auto bits = hn::BitCast(du32, hn::IfThenElse(hn::IsNaN(values), quiet_nan, values));
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du32, 1));
  return hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(du32, 0x7FFF))));
}

inline void StoreFloats(VF32 values, BFloat16* to) {
  const hn::Rebind<uint16_t, F32> du16;
  hn::StoreU(hn::TruncateTo(du16, RoundedUpperHalves(F32(), values)), du16, reinterpret_cast<uint16_t*>(to));
}

inline float ToFloat(float value) {
  return value;
}
inline float ToFloat(BFloat16 value) {
  return value.ToFloat();
}
inline void FromFloat(float value, float& to) {
  to = value;
}
inline void FromFloat(float value, BFloat16& to) {
  to = BFloat16::FromFloat(value);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HOURGLASS_BACKEND_CPU_ELEMENTS_INL_H_
