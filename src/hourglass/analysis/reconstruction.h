// Images and their reconstructions by a model.
#pragma once

#include <vector>

#include "hourglass/model/session.h"

namespace hourglass {

struct Reconstruction {
  Tensor input;             // f32 [N, C, H, W]
  Tensor output;            // f32 [N, C, H, W]
  std::vector<double> mse;  // per image, mean over pixels
};

// images f32 [N, C, H, W], pixels in [0, 1].
Reconstruction ReconstructImages(Session& session, const Tensor& images);

}  // namespace hourglass
