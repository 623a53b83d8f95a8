#include "hourglass/backend/cpu/slope.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/slope.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "hourglass/backend/cpu/elements-inl.h"
#include "hourglass/backend/reference.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

template <Activation kActivation>
VF32 TimesSlope(VF32 y, VF32 dy) {
  const F32 d;
  const VF32 one = hn::Set(d, 1.0f);
  if constexpr (kActivation == Activation::kRelu) return hn::IfThenElseZero(hn::Gt(y, hn::Zero(d)), dy);
  if constexpr (kActivation == Activation::kSigmoid) return hn::Mul(dy, hn::Mul(y, hn::Sub(one, y)));
  if constexpr (kActivation == Activation::kTanh) return hn::Mul(dy, hn::NegMulAdd(y, y, one));
  return dy;
}

template <Activation kActivation, class T>
void Rows(const T* HWY_RESTRICT y, T* HWY_RESTRICT dy, int64_t rows, int64_t columns,
          float* HWY_RESTRICT sums) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(F32()));
  for (int64_t r = 0; r < rows; ++r, y += columns, dy += columns) {
    int64_t c = 0;
    for (; c + lanes <= columns; c += lanes) {
      const VF32 dz = TimesSlope<kActivation>(LoadFloats(y + c), LoadFloats(dy + c));
      StoreFloats(dz, dy + c);
      StoreFloats(hn::Add(LoadFloats(sums + c), dz), sums + c);
    }
    for (; c < columns; ++c) {
      const float dz = ToFloat(dy[c]) * reference::Slope(kActivation, ToFloat(y[c]));
      FromFloat(dz, dy[c]);
      sums[c] += dz;
    }
  }
}

template <class T>
void AnyActivation(Activation activation, const T* y, T* dy, int64_t rows, int64_t columns, float* sums) {
  switch (activation) {
    case Activation::kNone:
      return Rows<Activation::kNone>(y, dy, rows, columns, sums);
    case Activation::kRelu:
      return Rows<Activation::kRelu>(y, dy, rows, columns, sums);
    case Activation::kSigmoid:
      return Rows<Activation::kSigmoid>(y, dy, rows, columns, sums);
    case Activation::kTanh:
      return Rows<Activation::kTanh>(y, dy, rows, columns, sums);
  }
}

void MultiplyBySlopeF32(Activation activation, const float* y, float* dy, int64_t rows, int64_t columns,
                        float* sums) {
  AnyActivation(activation, y, dy, rows, columns, sums);
}
void MultiplyBySlopeBF16(Activation activation, const BFloat16* y, BFloat16* dy, int64_t rows,
                         int64_t columns, float* sums) {
  AnyActivation(activation, y, dy, rows, columns, sums);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(MultiplyBySlopeF32);
HWY_EXPORT(MultiplyBySlopeBF16);

template <>
void MultiplyBySlope(Activation activation, const float* y, float* dy, int64_t rows, int64_t columns,
                     float* sums) {
  HWY_DYNAMIC_DISPATCH(MultiplyBySlopeF32)(activation, y, dy, rows, columns, sums);
}
template <>
void MultiplyBySlope(Activation activation, const BFloat16* y, BFloat16* dy, int64_t rows, int64_t columns,
                     float* sums) {
  HWY_DYNAMIC_DISPATCH(MultiplyBySlopeBF16)(activation, y, dy, rows, columns, sums);
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
