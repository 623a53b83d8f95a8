#include "hourglass/backend/cpu/pixels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/pixels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "hourglass/backend/cpu/elements-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

template <class T>
void Scale(const uint8_t* HWY_RESTRICT pixels, int64_t count, T* HWY_RESTRICT out) {
  const F32 d;
  const hn::RebindToSigned<F32> di32;
  const hn::Rebind<uint8_t, F32> du8;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const VF32 white = hn::Set(d, 255.0f), part = hn::Set(d, 1 / 255.0f);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const VF32 values = hn::ConvertTo(d, hn::PromoteTo(di32, hn::LoadU(du8, pixels + i)));
    // values / white, to the last bit: the quotient by the rounded reciprocal, corrected by its remainder. A
    // division takes longer than all the rest.
    const VF32 near = hn::Mul(values, part), remainder = hn::NegMulAdd(near, white, values);
    StoreFloats(hn::MulAdd(remainder, part, near), out + i);
  }
  for (; i < count; ++i) FromFloat(static_cast<float>(pixels[i]) / 255.0f, out[i]);
}

void ScaleF32(const uint8_t* pixels, int64_t count, float* out) {
  Scale(pixels, count, out);
}
void ScaleBF16(const uint8_t* pixels, int64_t count, BFloat16* out) {
  Scale(pixels, count, out);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(ScaleF32);
HWY_EXPORT(ScaleBF16);

template <>
void ScalePixels(const uint8_t* pixels, int64_t count, float* out) {
  HWY_DYNAMIC_DISPATCH(ScaleF32)(pixels, count, out);
}
template <>
void ScalePixels(const uint8_t* pixels, int64_t count, BFloat16* out) {
  HWY_DYNAMIC_DISPATCH(ScaleBF16)(pixels, count, out);
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
