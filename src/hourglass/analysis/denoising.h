// Corrupted images beside what a model makes of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/model/session.h"

namespace hourglass {

struct Denoising {
  Corruption corruption;
  Tensor input;                       // clean, f32 [N, C, H, W]
  Tensor corrupted;                   // not clipped
  Tensor output;                      // what the model makes of `corrupted`
  std::vector<double> corrupted_mse;  // of corrupted against input, per image
  std::vector<double> mse;            // of output against input, per image
};

// images f32 [N, C, H, W] are the samples `ids` of a data set: the noise depends on (seed, id) alone, so
// several models see the same corrupted images.
Denoising DenoiseImages(Session& session, const Tensor& images, std::span<const int64_t> ids,
                        const Corruption& corruption, uint64_t seed = 0);

}  // namespace hourglass
