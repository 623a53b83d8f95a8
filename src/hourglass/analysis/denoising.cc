#include "hourglass/analysis/denoising.h"

#include "hourglass/analysis/evaluation.h"

namespace hourglass {

Denoising DenoiseImages(const Autoencoder& model, const Tensor& images, std::span<const int64_t> ids,
                        float sigma, uint64_t seed) {
  Denoising result{
      .input = images.Clone(), .noisy = images.Clone(), .output = {}, .noisy_mse = {}, .mse = {}};
  AddEvaluationNoise(model.backend(), seed, sigma, ids, result.noisy);
  result.output = model.Reconstruct(result.noisy);
  result.noisy_mse = MsePerImage(result.noisy, result.input);
  result.mse = MsePerImage(result.output, result.input);
  return result;
}

}  // namespace hourglass
