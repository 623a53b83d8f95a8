// Activations of vectors of floats, for the kernels that end with one. Per-target include guard.
#if defined(HOURGLASS_BACKEND_CPU_ACTIVATE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HOURGLASS_BACKEND_CPU_ACTIVATE_INL_H_
#undef HOURGLASS_BACKEND_CPU_ACTIVATE_INL_H_
#else
#define HOURGLASS_BACKEND_CPU_ACTIVATE_INL_H_
#endif

#include <hwy/highway.h>

#include "hourglass/backend/backend.h"

// Must follow highway.h, or the code is not compiled for every target.
#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> Activate(D d, Activation activation, hn::Vec<D> z) {
  const hn::Vec<D> one = hn::Set(d, 1.0f);
  switch (activation) {
    case Activation::kNone:
      return z;
    case Activation::kRelu:
      return hn::Max(z, hn::Zero(d));
    case Activation::kLeakyRelu:  // the larger one, as the slope is below 1
      return hn::Max(z, hn::Mul(z, hn::Set(d, static_cast<float>(kLeakySlope))));
    case Activation::kSigmoid: {  // Exp is unspecified above 104 and for NaN
      const hn::Vec<D> y = hn::Div(one, hn::Add(one, hn::Exp(d, hn::Min(hn::Neg(z), hn::Set(d, 88.0f)))));
      return hn::IfThenElse(hn::IsNaN(z), z, y);
    }
    case Activation::kTanh:
      return hn::Tanh(d, z);
  }
  return z;
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HOURGLASS_BACKEND_CPU_ACTIVATE_INL_H_
