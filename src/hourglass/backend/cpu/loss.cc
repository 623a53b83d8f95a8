#include "hourglass/backend/cpu/loss.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/loss.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "hourglass/backend/cpu/slope-inl.h"
#include "hourglass/backend/reference.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

// One block: short enough for a sum in float. Without a gradient, dz is null.
template <LossKind kLoss, bool kGradient, Activation kActivation, class T>
double Block(const T* HWY_RESTRICT y, const T* HWY_RESTRICT target, int64_t count, float scale,
             T* HWY_RESTRICT dz) {
  const F32 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const VF32 scales = hn::Set(d, kLoss == LossKind::kMse ? 2 * scale : scale);
  VF32 sums = hn::Zero(d);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const VF32 output = LoadFloats(y + i);
    const VF32 error = hn::Sub(output, LoadFloats(target + i));
    VF32 dy;
    if constexpr (kLoss == LossKind::kMse) {
      sums = hn::MulAdd(error, error, sums);
      dy = hn::Mul(scales, error);
    } else {
      sums = hn::Add(sums, hn::Abs(error));
      dy = hn::IfThenElseZero(hn::Ne(error, hn::Zero(d)), hn::CopySign(scales, error));
    }
    if constexpr (kGradient) StoreFloats(TimesSlope<kActivation>(output, dy), dz + i);
  }
  double sum = hn::GetLane(hn::SumOfLanes(d, sums));
  for (; i < count; ++i) {
    const float error = ToFloat(y[i]) - ToFloat(target[i]);
    sum += kLoss == LossKind::kMse ? error * error : std::abs(error);
    if constexpr (!kGradient) continue;
    const float dy = kLoss == LossKind::kMse ? 2 * scale * error : scale * float((error > 0) - (error < 0));
    FromFloat(dy * reference::Slope(kActivation, ToFloat(y[i])), dz[i]);
  }
  return sum;
}

template <LossKind kLoss, bool kGradient, Activation kActivation, class T>
double Blocks(const T* y, const T* target, int64_t count, float scale, T* dz) {
  constexpr int64_t kBlock = 4096;
  double sum = 0;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    sum += Block<kLoss, kGradient, kActivation>(y + begin, target + begin, std::min(kBlock, count - begin),
                                                scale, kGradient ? dz + begin : nullptr);
  }
  return sum;
}

template <LossKind kLoss, class T>
double AnyActivation(const T* y, const T* target, int64_t count, Activation activation, float scale, T* dz) {
  if (dz == nullptr) return Blocks<kLoss, false, Activation::kNone>(y, target, count, scale, dz);
  switch (activation) {
    case Activation::kNone:
      return Blocks<kLoss, true, Activation::kNone>(y, target, count, scale, dz);
    case Activation::kRelu:
      return Blocks<kLoss, true, Activation::kRelu>(y, target, count, scale, dz);
    case Activation::kSigmoid:
      return Blocks<kLoss, true, Activation::kSigmoid>(y, target, count, scale, dz);
    case Activation::kTanh:
      return Blocks<kLoss, true, Activation::kTanh>(y, target, count, scale, dz);
  }
  return 0;
}

template <class T>
double AnyLoss(LossKind loss, const T* y, const T* target, int64_t count, Activation activation, float scale,
               T* dz) {
  if (loss == LossKind::kMse) return AnyActivation<LossKind::kMse>(y, target, count, activation, scale, dz);
  return AnyActivation<LossKind::kL1>(y, target, count, activation, scale, dz);
}

double SumLossF32(LossKind loss, const float* y, const float* target, int64_t count, Activation activation,
                  float scale, float* dz) {
  return AnyLoss(loss, y, target, count, activation, scale, dz);
}
double SumLossBF16(LossKind loss, const BFloat16* y, const BFloat16* target, int64_t count,
                   Activation activation, float scale, BFloat16* dz) {
  return AnyLoss(loss, y, target, count, activation, scale, dz);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(SumLossF32);
HWY_EXPORT(SumLossBF16);

template <>
double SumLoss(LossKind loss, const float* y, const float* target, int64_t count, Activation activation,
               float scale, float* dz) {
  return HWY_DYNAMIC_DISPATCH(SumLossF32)(loss, y, target, count, activation, scale, dz);
}
template <>
double SumLoss(LossKind loss, const BFloat16* y, const BFloat16* target, int64_t count, Activation activation,
               float scale, BFloat16* dz) {
  return HWY_DYNAMIC_DISPATCH(SumLossBF16)(loss, y, target, count, activation, scale, dz);
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
