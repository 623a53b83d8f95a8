#include "hourglass/analysis/evaluation.h"

#include "hourglass/analysis/detail/blocks.h"
#include "hourglass/core/require.h"
#include "hourglass/core/rng.h"

namespace hourglass {

double ReconstructionError(Session& session, const Dataset& data, const EvaluationOptions& options) {
  CheckImageShape(session.model().image_shape(), data);
  Backend& backend = session.backend();
  Tensor sum({1}, DType::kF64);
  sum.data<double>()[0] = 0;
  Tensor input;
  ForEachBlock(backend, data, -1, [&](std::span<const int64_t> ids, Tensor& images) {
    const Tensor* seen = &images;
    if (!options.corruption.none()) {
      input = images.Clone();
      CorruptForEvaluation(backend, options.corruption, options.seed, ids, input);
      seen = &input;
    }
    const Tensor output = session.Reconstruct(*seen);
    backend.Loss({.kind = options.loss}, output, images, sum, 0);
  });
  return sum.data<double>()[0] / static_cast<double>(data.size());
}

void CorruptForEvaluation(Backend& backend, const Corruption& corruption, uint64_t seed,
                          std::span<const int64_t> ids, Tensor& images) {
  backend.Corrupt(corruption, Rng(seed, Stream::kNoise), 0, ids, images);
}

std::vector<double> MsePerImage(const Tensor& a, const Tensor& b) {
  RequireTensor("images", b, a.dtype(), a.shape());
  std::vector<double> mse;
  const int64_t pixels = a.row_size();
  for (int64_t row = 0; row < a.rows(); ++row) {
    const float* x = a.data<float>() + row * pixels;
    const float* y = b.data<float>() + row * pixels;
    double sum = 0;
    for (int64_t i = 0; i < pixels; ++i) sum += (double{x[i]} - y[i]) * (double{x[i]} - y[i]);
    mse.push_back(sum / static_cast<double>(pixels));
  }
  return mse;
}

}  // namespace hourglass
