#include "hourglass/analysis/denoising.h"

#include "hourglass/analysis/evaluation.h"

namespace hourglass {

Denoising DenoiseImages(Session& session, const Tensor& images, std::span<const int64_t> ids,
                        const Corruption& corruption, uint64_t seed) {
  Denoising result{.corruption = corruption,
                   .input = images.Clone(),
                   .corrupted = images.Clone(),
                   .output = {},
                   .corrupted_mse = {},
                   .mse = {}};
  CorruptForEvaluation(session.backend(), corruption, seed, ids, result.corrupted);
  result.output = session.Reconstruct(result.corrupted);
  result.corrupted_mse = MsePerImage(result.corrupted, result.input);
  result.mse = MsePerImage(result.output, result.input);
  return result;
}

}  // namespace hourglass
