#include "hourglass/analysis/reconstruction.h"

#include "hourglass/analysis/evaluation.h"

namespace hourglass {

Reconstruction ReconstructImages(const Autoencoder& model, const Tensor& images) {
  Reconstruction result{.input = images.Clone(), .output = model.Reconstruct(images), .mse = {}};
  result.mse = MsePerImage(result.input, result.output);
  return result;
}

}  // namespace hourglass
