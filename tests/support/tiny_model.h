// Small models for data of test::TinyImages.
#pragma once

#include <algorithm>

#include "hourglass/model/autoencoder.h"

namespace hourglass::test {

// mlp4 for images of 4x4.
inline Autoencoder TinyModel(Backend& backend, int64_t code_size = 3, uint64_t seed = 1) {
  return {MakeArchitecture("mlp4", {1, 4, 4}, code_size), backend, seed};
}

// Sets every element of the parameter `name`.
inline void SetParam(Autoencoder& model, std::string_view name, float value) {
  for (const NamedParam& param : model.params().named()) {
    if (param.name != name) continue;
    Tensor values = model.params().Value(param);
    std::ranges::fill(values.span<float>(), value);
  }
}

}  // namespace hourglass::test
