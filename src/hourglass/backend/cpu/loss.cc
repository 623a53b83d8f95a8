#include "hourglass/backend/cpu/loss.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/loss.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "hourglass/backend/cpu/elements-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

// One block: short enough for a sum in float.
template <LossKind kLoss, bool kGradient, class T>
double Block(const T* HWY_RESTRICT y, const T* HWY_RESTRICT target, int64_t count, float scale,
             T* HWY_RESTRICT dy) {
  const F32 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const VF32 scales = hn::Set(d, kLoss == LossKind::kMse ? 2 * scale : scale);
  VF32 sums = hn::Zero(d);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const VF32 error = hn::Sub(LoadFloats(y + i), LoadFloats(target + i));
    if constexpr (kLoss == LossKind::kMse) {
      sums = hn::MulAdd(error, error, sums);
      if constexpr (kGradient) StoreFloats(hn::Mul(scales, error), dy + i);
    } else {
      sums = hn::Add(sums, hn::Abs(error));
      const VF32 sign = hn::IfThenElseZero(hn::Ne(error, hn::Zero(d)), hn::CopySign(scales, error));
      if constexpr (kGradient) StoreFloats(sign, dy + i);
    }
  }
  double sum = hn::GetLane(hn::SumOfLanes(d, sums));
  for (; i < count; ++i) {
    const float error = ToFloat(y[i]) - ToFloat(target[i]);
    sum += kLoss == LossKind::kMse ? error * error : std::abs(error);
    if constexpr (!kGradient) continue;
    FromFloat(kLoss == LossKind::kMse ? 2 * scale * error : scale * float((error > 0) - (error < 0)), dy[i]);
  }
  return sum;
}

template <LossKind kLoss, bool kGradient, class T>
double Blocks(const T* y, const T* target, int64_t count, float scale, T* dy) {
  constexpr int64_t kBlock = 4096;
  double sum = 0;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    sum += Block<kLoss, kGradient>(y + begin, target + begin, std::min(kBlock, count - begin), scale,
                                   kGradient ? dy + begin : nullptr);
  }
  return sum;
}

template <class T>
double AnyLoss(LossKind loss, const T* y, const T* target, int64_t count, float scale, T* dy) {
  if (loss == LossKind::kMse) {
    return dy != nullptr ? Blocks<LossKind::kMse, true>(y, target, count, scale, dy)
                         : Blocks<LossKind::kMse, false>(y, target, count, scale, dy);
  }
  return dy != nullptr ? Blocks<LossKind::kL1, true>(y, target, count, scale, dy)
                       : Blocks<LossKind::kL1, false>(y, target, count, scale, dy);
}

double SumLossF32(LossKind loss, const float* y, const float* target, int64_t count, float scale, float* dy) {
  return AnyLoss(loss, y, target, count, scale, dy);
}
double SumLossBF16(LossKind loss, const BFloat16* y, const BFloat16* target, int64_t count, float scale,
                   BFloat16* dy) {
  return AnyLoss(loss, y, target, count, scale, dy);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(SumLossF32);
HWY_EXPORT(SumLossBF16);

template <>
double SumLoss(LossKind loss, const float* y, const float* target, int64_t count, float scale, float* dy) {
  return HWY_DYNAMIC_DISPATCH(SumLossF32)(loss, y, target, count, scale, dy);
}
template <>
double SumLoss(LossKind loss, const BFloat16* y, const BFloat16* target, int64_t count, float scale,
               BFloat16* dy) {
  return HWY_DYNAMIC_DISPATCH(SumLossBF16)(loss, y, target, count, scale, dy);
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
