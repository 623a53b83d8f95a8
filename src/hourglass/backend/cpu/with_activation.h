// Turns an Activation into a template argument, so that a kernel does not choose for each element.
#pragma once

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// Returns work.operator()<kActivation>() for `activation`.
template <class Work>
auto WithActivation(Activation activation, const Work& work) {
  switch (activation) {
    case Activation::kNone:
      break;
    case Activation::kRelu:
      return work.template operator()<Activation::kRelu>();
    case Activation::kLeakyRelu:
      return work.template operator()<Activation::kLeakyRelu>();
    case Activation::kSigmoid:
      return work.template operator()<Activation::kSigmoid>();
    case Activation::kTanh:
      return work.template operator()<Activation::kTanh>();
  }
  return work.template operator()<Activation::kNone>();
}

}  // namespace hourglass::cpu
