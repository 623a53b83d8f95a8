#include "hourglass/backend/cpu/loss.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/loss.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <tuple>

#include "hourglass/backend/cpu/slope-inl.h"
#include "hourglass/backend/cpu/with_activation.h"
#include "hourglass/backend/reference.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

// The operations that loss formulas use, for vectors and for the remaining elements.
using reference::Abs;
using reference::Clip;
using reference::Log;
using reference::Max;
using reference::MulAdd;
using reference::Same;
using reference::Sign;

struct Lanes {
  VF32 v;
};
HWY_INLINE Lanes operator+(Lanes a, Lanes b) {
  return {hn::Add(a.v, b.v)};
}
HWY_INLINE Lanes operator-(Lanes a, Lanes b) {
  return {hn::Sub(a.v, b.v)};
}
HWY_INLINE Lanes operator*(Lanes a, Lanes b) {
  return {hn::Mul(a.v, b.v)};
}
HWY_INLINE Lanes MulAdd(Lanes a, Lanes b, Lanes c) {
  return {hn::MulAdd(a.v, b.v, c.v)};
}
HWY_INLINE Lanes Same(Lanes /*like*/, float value) {
  return {hn::Set(F32(), value)};
}
HWY_INLINE Lanes Abs(Lanes x) {
  return {hn::Abs(x.v)};
}
HWY_INLINE Lanes Sign(Lanes x) {
  const F32 d;
  return {hn::IfThenElseZero(hn::Ne(x.v, hn::Zero(d)), hn::CopySign(hn::Set(d, 1.0f), x.v))};
}
// Error at most 2 ULP; -inf below the smallest normal number.
HWY_INLINE Lanes Log(Lanes x) {
  const F32 d;
  const VF32 log = hn::IfThenElse(hn::Lt(x.v, hn::Set(d, std::numeric_limits<float>::min())),
                                  hn::Set(d, -std::numeric_limits<float>::infinity()), hn::Log(d, x.v));
  return {hn::IfThenElse(hn::IsNaN(x.v), x.v, log)};
}
HWY_INLINE Lanes Max(Lanes a, Lanes b) {
  return {hn::IfThenElse(hn::Lt(a.v, b.v), b.v, a.v)};  // keeps a NaN of a; hn::Max may not
}
HWY_INLINE Lanes Clip(Lanes x, Lanes limit) {
  const VF32 clipped = hn::Clamp(x.v, hn::Neg(limit.v), limit.v);
  return {hn::IfThenElse(hn::IsNaN(x.v), x.v, clipped)};
}

#include "hourglass/backend/loss/losses-inl.h"

// One block: short enough to sum in float.
template <class Formula, bool kGradient, Activation kActivation, class T>
double Block(const LossSettings& loss, const T* HWY_RESTRICT y, const T* HWY_RESTRICT target, int64_t count,
             const LossGradientOutput<T>& gradient) {
  const F32 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto parameter = static_cast<float>(loss.parameter);
  const Lanes parameters{hn::Set(d, parameter)};
  const VF32 scales = hn::Set(d, gradient.scale);
  const auto slope = [](VF32 output, VF32 dy) {
    if constexpr (Formula::kOfSigmoid) return dy;
    return TimesSlope<kActivation>(output, dy);
  };
  Lanes sums{hn::Zero(d)};
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const Lanes output{LoadFloats(y + i)}, wanted{LoadFloats(target + i)};
    sums = Formula::Add(sums, output, wanted, parameters);
    if constexpr (kGradient) {
      const VF32 dy = hn::Mul(scales, Formula::Gradient(output, wanted, parameters).v);
      VF32 dz = slope(output.v, dy);
      if (gradient.add) dz = hn::Add(dz, LoadFloats(gradient.dz + i));
      StoreFloats(dz, gradient.dz + i);
    }
  }
  double sum = hn::GetLane(hn::SumOfLanes(d, sums.v));
  for (; i < count; ++i) {
    const float output = ToFloat(y[i]), wanted = ToFloat(target[i]);
    sum += Formula::Add(0.0f, output, wanted, parameter);
    if constexpr (!kGradient) continue;
    float dz = gradient.scale * Formula::Gradient(output, wanted, parameter);
    if (!Formula::kOfSigmoid) dz *= reference::Slope(kActivation, output);
    if (gradient.add) dz += ToFloat(gradient.dz[i]);
    FromFloat(dz, gradient.dz[i]);
  }
  return sum;
}

template <class Formula, bool kGradient, Activation kActivation, class T>
double Blocks(const LossSettings& loss, const T* y, const T* target, int64_t count,
              LossGradientOutput<T> gradient) {
  constexpr int64_t kBlock = 4096;
  double sum = 0;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t length = std::min(kBlock, count - begin);
    sum += Block<Formula, kGradient, kActivation>(loss, y + begin, target + begin, length, gradient);
    if (kGradient) gradient.dz += length;
  }
  return sum;
}

template <class Formula, class T>
double AnyActivation(const LossSettings& loss, const T* y, const T* target, int64_t count,
                     Activation activation, const LossGradientOutput<T>& gradient) {
  if (gradient.dz == nullptr) {
    return Blocks<Formula, false, Activation::kNone>(loss, y, target, count, gradient);
  }
  // For losses of sigmoids, the gradient is already with respect to the sigmoid's input.
  return WithActivation(Formula::kOfSigmoid ? Activation::kNone : activation, [&]<Activation kActivation>() {
    return Blocks<Formula, true, kActivation>(loss, y, target, count, gradient);
  });
}

template <class T>
double AnyLoss(const LossSettings& loss, const T* y, const T* target, int64_t count, Activation activation,
               const LossGradientOutput<T>& gradient) {
  double sum = 0;
  WithLoss<Losses>(loss.kind, [&]<class Formula>() {
    sum = AnyActivation<Formula>(loss, y, target, count, activation, gradient);
  });
  return sum;
}

double SumLossF32(const LossSettings& loss, const float* y, const float* target, int64_t count,
                  Activation activation, const LossGradientOutput<float>& gradient) {
  return AnyLoss(loss, y, target, count, activation, gradient);
}
double SumLossBF16(const LossSettings& loss, const BFloat16* y, const BFloat16* target, int64_t count,
                   Activation activation, const LossGradientOutput<BFloat16>& gradient) {
  return AnyLoss(loss, y, target, count, activation, gradient);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(SumLossF32);
HWY_EXPORT(SumLossBF16);

template <>
double SumLoss(const LossSettings& loss, const float* y, const float* target, int64_t count,
               Activation activation, const LossGradientOutput<float>& gradient) {
  return HWY_DYNAMIC_DISPATCH(SumLossF32)(loss, y, target, count, activation, gradient);
}
template <>
double SumLoss(const LossSettings& loss, const BFloat16* y, const BFloat16* target, int64_t count,
               Activation activation, const LossGradientOutput<BFloat16>& gradient) {
  return HWY_DYNAMIC_DISPATCH(SumLossBF16)(loss, y, target, count, activation, gradient);
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
