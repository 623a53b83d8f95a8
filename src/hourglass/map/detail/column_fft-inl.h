// The discrete Fourier transform of as many columns as a vector has lanes, one column per lane: no lane ever
// needs another. Per-target include guard.
#if defined(HOURGLASS_MAP_DETAIL_COLUMN_FFT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HOURGLASS_MAP_DETAIL_COLUMN_FFT_INL_H_
#undef HOURGLASS_MAP_DETAIL_COLUMN_FFT_INL_H_
#else
#define HOURGLASS_MAP_DETAIL_COLUMN_FFT_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "hourglass/backend/cpu/transpose-inl.h"
#include "hourglass/map/detail/fft_plan.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using cpu::HWY_NAMESPACE::LaneCount;
using cpu::HWY_NAMESPACE::Lanes16;
using cpu::HWY_NAMESPACE::V16;

struct Complex {
  V16 re, im;
};
HWY_INLINE Complex operator+(const Complex& a, const Complex& b) {
  return {hn::Add(a.re, b.re), hn::Add(a.im, b.im)};
}
HWY_INLINE Complex operator-(const Complex& a, const Complex& b) {
  return {hn::Sub(a.re, b.re), hn::Sub(a.im, b.im)};
}
// factor · a
HWY_INLINE Complex Scaled(const Complex& a, float factor) {
  const V16 f = hn::Set(Lanes16(), factor);
  return {hn::Mul(a.re, f), hn::Mul(a.im, f)};
}
// -i · a
HWY_INLINE Complex Turned(const Complex& a) {
  return {a.im, hn::Neg(a.re)};
}

// [rows, lanes], real and imaginary parts.
struct Columns {
  float* HWY_RESTRICT re;
  float* HWY_RESTRICT im;

  HWY_INLINE Complex Load(int64_t row) const {
    return {hn::Load(Lanes16(), re + row * LaneCount()), hn::Load(Lanes16(), im + row * LaneCount())};
  }
  HWY_INLINE void Store(const Complex& value, int64_t row) const {
    hn::Store(value.re, Lanes16(), re + row * LaneCount());
    hn::Store(value.im, Lanes16(), im + row * LaneCount());
  }
};

// The transform of kRadix numbers.
template <int kRadix>
HWY_INLINE void Butterfly(Complex (&x)[kRadix]) {
  if constexpr (kRadix == 2) {
    const Complex difference = x[0] - x[1];
    x[0] = x[0] + x[1];
    x[1] = difference;
  } else if constexpr (kRadix == 3) {
    const Complex sum = x[1] + x[2], turned = Turned(Scaled(x[1] - x[2], 0.866025403784438647f));
    const Complex rest = x[0] - Scaled(sum, 0.5f);
    x[0] = x[0] + sum;
    x[1] = rest + turned;
    x[2] = rest - turned;
  } else {
    const Complex even = x[0] + x[2], even_difference = x[0] - x[2];
    const Complex odd = x[1] + x[3], odd_difference = Turned(x[1] - x[3]);
    x[0] = even + odd;
    x[1] = even_difference + odd_difference;
    x[2] = even - odd;
    x[3] = even_difference - odd_difference;
  }
}

// One pass of Stockham's algorithm: `stage` of its plan.
template <int kRadix>
void FftPass(const FftStage& stage, const Columns& in, const Columns& out) {
  const int64_t step = stage.step, pieces = stage.length / kRadix;
  const float* factors = stage.factors.data();
  for (int64_t p = 0; p < pieces; ++p, factors += 2 * (kRadix - 1)) {
    V16 re[kRadix], im[kRadix];
    for (int k = 1; k < kRadix; ++k) {
      re[k] = hn::Set(Lanes16(), factors[2 * (k - 1)]);
      im[k] = hn::Set(Lanes16(), factors[2 * (k - 1) + 1]);
    }
    for (int64_t q = 0; q < step; ++q) {
      Complex x[kRadix];
      for (int k = 0; k < kRadix; ++k) x[k] = in.Load(q + step * (p + pieces * k));
      Butterfly(x);
      out.Store(x[0], q + step * kRadix * p);
      for (int k = 1; k < kRadix; ++k) {
        const Complex turned = {hn::NegMulAdd(x[k].im, im[k], hn::Mul(x[k].re, re[k])),
                                hn::MulAdd(x[k].im, re[k], hn::Mul(x[k].re, im[k]))};
        out.Store(turned, q + step * (kRadix * p + k));
      }
    }
  }
}

// Transforms the columns of `data`; `room` has the same size. Returns the one of both that has the result.
// Swap the real and the imaginary part before and after for the inverse, without its factor 1 / rows.
inline Columns Fft(const FftPlan& plan, Columns data, Columns room) {
  for (const FftStage& stage : plan.stages) {
    if (stage.radix == 4) FftPass<4>(stage, data, room);
    if (stage.radix == 3) FftPass<3>(stage, data, room);
    if (stage.radix == 2) FftPass<2>(stage, data, room);
    std::swap(data, room);
  }
  return data;
}

}  // namespace hourglass::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HOURGLASS_MAP_DETAIL_COLUMN_FFT_INL_H_
