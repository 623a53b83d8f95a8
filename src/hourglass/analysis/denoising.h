// Corrupted images and their reconstructions by a model.
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
  Tensor output;                      // the model's output for `corrupted`
  std::vector<double> corrupted_mse;  // corrupted vs. input, per image
  std::vector<double> mse;            // output vs. input, per image
};

// images f32 [N, C, H, W] are the samples `ids` of a data set. The noise depends only on (seed, id), so
// several models see the same corrupted images.
Denoising DenoiseImages(Session& session, const Tensor& images, std::span<const int64_t> ids,
                        const Corruption& corruption, uint64_t seed = 0);

}  // namespace hourglass
