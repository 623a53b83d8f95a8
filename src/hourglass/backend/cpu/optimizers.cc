#include "hourglass/backend/cpu/optimizers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/optimizers.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cmath>

#include "hourglass/backend/cpu/elements-inl.h"
#include "hourglass/backend/reference.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

void AdamStepF32(const AdamSettings& settings, double learning_rate, int64_t step, int64_t count,
                 const float* HWY_RESTRICT grads, float* HWY_RESTRICT params, float* HWY_RESTRICT m,
                 float* HWY_RESTRICT v) {
  const F32 d;
  const auto set = [d](double value) { return hn::Set(d, static_cast<float>(value)); };
  const double correction1 = 1 - std::pow(settings.beta1, static_cast<double>(step));
  const double root2 = std::sqrt(1 - std::pow(settings.beta2, static_cast<double>(step)));
  const bool l2 = settings.decay == DecayKind::kL2;
  const VF32 decay = set(l2 ? settings.weight_decay : 0.0);
  const VF32 kept = set(l2 ? 1.0 : 1 - learning_rate * settings.weight_decay);
  const VF32 beta1 = set(settings.beta1), rest1 = set(1 - settings.beta1);
  const VF32 beta2 = set(settings.beta2), rest2 = set(1 - settings.beta2);
  // m / (√v / root2 + ε) = root2 · m / (√v + root2 · ε): a division less, which takes as long as all the
  // rest.
  const VF32 epsilon = set(root2 * settings.epsilon), rate = set(root2 * learning_rate / correction1);
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const VF32 p = LoadFloats(params + i);
    const VF32 g = hn::MulAdd(decay, p, LoadFloats(grads + i));
    const VF32 new_m = hn::MulAdd(beta1, LoadFloats(m + i), hn::Mul(rest1, g));
    const VF32 new_v = hn::MulAdd(beta2, LoadFloats(v + i), hn::Mul(rest2, hn::Mul(g, g)));
    StoreFloats(new_m, m + i);
    StoreFloats(new_v, v + i);
    const VF32 denominator = hn::Add(hn::Sqrt(new_v), epsilon);
    StoreFloats(hn::NegMulAdd(rate, hn::Div(new_m, denominator), hn::Mul(kept, p)), params + i);
  }
  reference::AdamStep(settings, learning_rate, step, count - i, grads + i, params + i, m + i, v + i);
}

void AdamaxStepF32(const AdamSettings& settings, double learning_rate, int64_t step, int64_t count,
                   const float* HWY_RESTRICT grads, float* HWY_RESTRICT params, float* HWY_RESTRICT m,
                   float* HWY_RESTRICT u) {
  const F32 d;
  const auto set = [d](double value) { return hn::Set(d, static_cast<float>(value)); };
  const VF32 decay = set(settings.weight_decay), epsilon = set(settings.epsilon);
  const VF32 beta1 = set(settings.beta1), rest1 = set(1 - settings.beta1), beta2 = set(settings.beta2);
  const VF32 rate = set(learning_rate / (1 - std::pow(settings.beta1, static_cast<double>(step))));
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const VF32 p = LoadFloats(params + i);
    const VF32 g = hn::MulAdd(decay, p, LoadFloats(grads + i));
    const VF32 new_m = hn::MulAdd(beta1, LoadFloats(m + i), hn::Mul(rest1, g));
    const VF32 new_u = hn::Max(hn::Mul(beta2, LoadFloats(u + i)), hn::Add(hn::Abs(g), epsilon));
    StoreFloats(new_m, m + i);
    StoreFloats(new_u, u + i);
    StoreFloats(hn::NegMulAdd(rate, hn::Div(new_m, new_u), p), params + i);
  }
  reference::AdamaxStep(settings, learning_rate, step, count - i, grads + i, params + i, m + i, u + i);
}

void SgdStepF32(const SgdSettings& settings, double learning_rate, int64_t count,
                const float* HWY_RESTRICT grads, float* HWY_RESTRICT params, float* HWY_RESTRICT velocity) {
  const F32 d;
  const VF32 decay = hn::Set(d, static_cast<float>(settings.weight_decay));
  const VF32 momentum = hn::Set(d, static_cast<float>(settings.momentum));
  const VF32 rate = hn::Set(d, static_cast<float>(learning_rate));
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const VF32 p = LoadFloats(params + i);
    const VF32 g = hn::MulAdd(decay, p, LoadFloats(grads + i));
    const VF32 v = hn::MulAdd(momentum, LoadFloats(velocity + i), g);
    StoreFloats(v, velocity + i);
    StoreFloats(hn::NegMulAdd(rate, v, p), params + i);
  }
  reference::SgdStep(settings, learning_rate, count - i, grads + i, params + i, velocity + i);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(AdamStepF32);
HWY_EXPORT(AdamaxStepF32);
HWY_EXPORT(SgdStepF32);

void AdamStep(const AdamSettings& settings, double learning_rate, int64_t step, int64_t count,
              const float* grads, float* params, float* m, float* v) {
  HWY_DYNAMIC_DISPATCH(AdamStepF32)(settings, learning_rate, step, count, grads, params, m, v);
}

void AdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step, int64_t count,
                const float* grads, float* params, float* m, float* u) {
  HWY_DYNAMIC_DISPATCH(AdamaxStepF32)(settings, learning_rate, step, count, grads, params, m, u);
}

void SgdStep(const SgdSettings& settings, double learning_rate, int64_t count, const float* grads,
             float* params, float* velocity) {
  HWY_DYNAMIC_DISPATCH(SgdStepF32)(settings, learning_rate, count, grads, params, velocity);
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
