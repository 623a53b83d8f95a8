#include "hourglass/backend/cpu/gelu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/gelu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include <algorithm>

#include "hourglass/backend/cpu/elements-inl.h"
#include "hourglass/backend/cpu/with_compute_type.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

// The standard normal distribution.
struct Normal {
  VF32 distribution, density;
};

// By formula 7.1.26 of Abramowitz & Stegun, "Handbook of mathematical functions", 1964: for z >= 0 and
// t = 1 / (1 + 0.3275911 z), erf(z) = 1 - (a1 t + … + a5 t⁵) exp(-z²) with an error of at most 1.5e-7. Here z
// is |x| / √2, and the distribution below 0 is half of the second term, so that small numbers do not cancel
// out: their relative error is 0.2 % at x = -5.
HWY_INLINE Normal NormalAt(VF32 x) {
  const F32 d;
  const auto number = [d](float value) { return hn::Set(d, value); };
  const VF32 one = number(1.0f);
  const VF32 fall = hn::Exp(d, hn::Mul(hn::Mul(x, x), number(-0.5f)));
  const VF32 t = hn::Div(one, hn::MulAdd(hn::Abs(x), number(0.23164189f), one));  // 0.3275911 / √2
  VF32 sum = number(1.061405429f);
  for (const float a : {-1.453152027f, 1.421413741f, -0.284496736f, 0.254829592f})
    sum = hn::MulAdd(sum, t, number(a));
  const VF32 tail = hn::Mul(hn::Mul(hn::Mul(sum, t), number(0.5f)), fall);
  return {.distribution = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(one, tail)),
          .density = hn::Mul(fall, number(0.39894228f))};  // 1 / √(2π)
}

// y[i] = map(x[i], dy[i]). The last elements go through a vector, too, so that no result depends on its
// place.
template <class T, class Y, class Map>
HWY_INLINE void ForEach(const T* x, const T* dy, int64_t count, Y* y, const Map& map) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(F32()));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) StoreFloats(map(LoadFloats(x + i), LoadFloats(dy + i)), y + i);
  if (i == count) return;
  T last_x[hn::MaxLanes(F32())] = {}, last_dy[hn::MaxLanes(F32())] = {};
  Y last_y[hn::MaxLanes(F32())];
  std::copy(x + i, x + count, last_x);
  std::copy(dy + i, dy + count, last_dy);
  StoreFloats(map(LoadFloats(last_x), LoadFloats(last_dy)), last_y);
  std::copy_n(last_y, count - i, y + i);
}

template <class T, class Y>
void Forward(const T* x, int64_t count, Y* y) {
  ForEach(x, x, count, y, [](VF32 at, VF32) { return hn::Mul(at, NormalAt(at).distribution); });
}

template <class T>
void Backward(const T* x, const T* dy, int64_t count, T* dx) {
  ForEach(x, dy, count, dx, [](VF32 at, VF32 gradient) {
    const Normal normal = NormalAt(at);
    return hn::Mul(gradient, hn::MulAdd(at, normal.density, normal.distribution));
  });
}

void GeluF32(const float* x, int64_t count, float* y) {
  Forward(x, count, y);
}
void GeluBF16(const BFloat16* x, int64_t count, BFloat16* y) {
  Forward(x, count, y);
}
void GeluBF16ToF32(const BFloat16* x, int64_t count, float* y) {
  Forward(x, count, y);
}
void GeluGradientF32(const float* x, const float* dy, int64_t count, float* dx) {
  Backward(x, dy, count, dx);
}
void GeluGradientBF16(const BFloat16* x, const BFloat16* dy, int64_t count, BFloat16* dx) {
  Backward(x, dy, count, dx);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(GeluF32);
HWY_EXPORT(GeluBF16);
HWY_EXPORT(GeluBF16ToF32);
HWY_EXPORT(GeluGradientF32);
HWY_EXPORT(GeluGradientBF16);

namespace {

constexpr int64_t kGeluGrain = 1 << 12;  // minimum elements per thread; for fewer, waking it costs more

void GeluElements(const float* x, int64_t count, float* y) {
  HWY_DYNAMIC_DISPATCH(GeluF32)(x, count, y);
}
void GeluElements(const BFloat16* x, int64_t count, BFloat16* y) {
  HWY_DYNAMIC_DISPATCH(GeluBF16)(x, count, y);
}
void GeluElements(const BFloat16* x, int64_t count, float* y) {
  HWY_DYNAMIC_DISPATCH(GeluBF16ToF32)(x, count, y);
}
void GeluGradientElements(const float* x, const float* dy, int64_t count, float* dx) {
  HWY_DYNAMIC_DISPATCH(GeluGradientF32)(x, dy, count, dx);
}
void GeluGradientElements(const BFloat16* x, const BFloat16* dy, int64_t count, BFloat16* dx) {
  HWY_DYNAMIC_DISPATCH(GeluGradientBF16)(x, dy, count, dx);
}

template <class T, class Y>
void GeluOf(Team& team, const Tensor& x, Tensor& y) {
  const auto* from = static_cast<const T*>(x.raw());
  auto* to = static_cast<Y*>(y.raw());
  team.For(static_cast<int64_t>(x.byte_size() / sizeof(T)), kGeluGrain,
           [&](int, int64_t begin, int64_t end) { GeluElements(from + begin, end - begin, to + begin); });
}

}  // namespace

void Gelu(Team& team, const Tensor& x, Tensor& y) {
  if (x.dtype() == DType::kF32) return GeluOf<float, float>(team, x, y);
  if (y.dtype() == DType::kF32) return GeluOf<BFloat16, float>(team, x, y);
  GeluOf<BFloat16, BFloat16>(team, x, y);
}

void GeluGradient(Team& team, const Tensor& x, const Tensor& dy, Tensor& dx) {
  WithComputeType(x.dtype(), [&]<class T>() {
    const T *from = static_cast<const T*>(x.raw()), *gradient = static_cast<const T*>(dy.raw());
    auto* to = static_cast<T*>(dx.raw());
    team.For(static_cast<int64_t>(x.byte_size() / sizeof(T)), kGeluGrain,
             [&](int, int64_t begin, int64_t end) {
               GeluGradientElements(from + begin, gradient + begin, end - begin, to + begin);
             });
  });
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
