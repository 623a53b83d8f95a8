#include "hourglass/backend/cpu/slope.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/slope.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "hourglass/backend/cpu/slope-inl.h"
#include "hourglass/backend/cpu/with_activation.h"
#include "hourglass/backend/reference.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

// kRows rows at once, so that the sums are loaded and stored once for all.
template <Activation kActivation, int64_t kRows, class T>
void Band(const T* HWY_RESTRICT y, T* HWY_RESTRICT dy, int64_t columns, float* HWY_RESTRICT sums) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(F32()));
  int64_t c = 0;
  for (; c + lanes <= columns; c += lanes) {
    VF32 sum = LoadFloats(sums + c);
    for (int64_t r = 0; r < kRows; ++r) {
      const int64_t i = r * columns + c;
      const VF32 dz = TimesSlope<kActivation>(LoadFloats(y + i), LoadFloats(dy + i));
      if constexpr (kActivation != Activation::kNone) StoreFloats(dz, dy + i);
      sum = hn::Add(sum, dz);
    }
    StoreFloats(sum, sums + c);
  }
  for (; c < columns; ++c) {
    for (int64_t r = 0; r < kRows; ++r) {
      const int64_t i = r * columns + c;
      const float dz = ToFloat(dy[i]) * reference::Slope(kActivation, ToFloat(y[i]));
      FromFloat(dz, dy[i]);
      sums[c] += dz;
    }
  }
}

template <Activation kActivation, class T>
void Rows(const T* y, T* dy, int64_t rows, int64_t columns, float* sums) {
  constexpr int64_t kBand = 4;
  int64_t r = 0;
  for (; r + kBand <= rows; r += kBand)
    Band<kActivation, kBand>(y + r * columns, dy + r * columns, columns, sums);
  for (; r < rows; ++r) Band<kActivation, 1>(y + r * columns, dy + r * columns, columns, sums);
}

template <class T>
void AnyActivation(Activation activation, const T* y, T* dy, int64_t rows, int64_t columns, float* sums) {
  WithActivation(activation,
                 [&]<Activation kActivation>() { Rows<kActivation>(y, dy, rows, columns, sums); });
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
