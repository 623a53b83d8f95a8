// The slope of an activation from its output, for the kernels that multiply by it. Per-target include guard.
#if defined(HOURGLASS_BACKEND_CPU_SLOPE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HOURGLASS_BACKEND_CPU_SLOPE_INL_H_
#undef HOURGLASS_BACKEND_CPU_SLOPE_INL_H_
#else
#define HOURGLASS_BACKEND_CPU_SLOPE_INL_H_
#endif

#include "hourglass/backend/backend.h"
#include "hourglass/backend/cpu/elements-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

template <Activation kActivation>
VF32 TimesSlope(VF32 y, VF32 dy) {
  const F32 d;
  const VF32 one = hn::Set(d, 1.0f);
  if constexpr (kActivation == Activation::kRelu) return hn::IfThenElseZero(hn::Gt(y, hn::Zero(d)), dy);
  if constexpr (kActivation == Activation::kLeakyRelu) {
    const VF32 leaked = hn::Mul(dy, hn::Set(d, static_cast<float>(kLeakySlope)));
    return hn::IfThenElse(hn::Gt(y, hn::Zero(d)), dy, leaked);
  }
  if constexpr (kActivation == Activation::kSigmoid) return hn::Mul(dy, hn::Mul(y, hn::Sub(one, y)));
  if constexpr (kActivation == Activation::kTanh) return hn::Mul(dy, hn::NegMulAdd(y, y, one));
  return dy;
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HOURGLASS_BACKEND_CPU_SLOPE_INL_H_
