#include "hourglass/analysis/reconstruction.h"

#include "hourglass/analysis/evaluation.h"

namespace hourglass {

Reconstruction ReconstructImages(Session& session, const Tensor& images) {
  Reconstruction result{.input = images.Clone(), .output = session.Reconstruct(images), .mse = {}};
  result.mse = MsePerImage(result.input, result.output);
  return result;
}

}  // namespace hourglass
