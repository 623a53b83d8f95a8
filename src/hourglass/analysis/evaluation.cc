#include "hourglass/analysis/evaluation.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "hourglass/analysis/detail/blocks.h"
#include "hourglass/core/require.h"
#include "hourglass/core/rng.h"

namespace hourglass {
namespace {

using VisitOutput = std::function<void(const Tensor& images, const Tensor& output)>;

// Visits the clean images of each block and the model's output for their corrupted copies.
void ForEachOutput(Session& session, const Dataset& data, const EvaluationOptions& options,
                   const VisitOutput& visit) {
  CheckImageShape(session.model().image_shape(), data);
  Tensor input;
  ForEachBlock(session.backend(), data, -1, [&](std::span<const int64_t> ids, Tensor& images) {
    const Tensor* seen = &images;
    if (!options.corruption.none()) {
      input = images.Clone();
      CorruptForEvaluation(session.backend(), options.corruption, options.seed, ids, input);
      seen = &input;
    }
    visit(images, session.Reconstruct(*seen));
  });
}

// Sums the loss of one block after the other.
class LossSum {
 public:
  LossSum(Backend& backend, LossKind kind) : backend_(backend), kind_(kind) { sum_.data<double>()[0] = 0; }
  void Add(const Tensor& images, const Tensor& output) {
    backend_.Loss({.kind = kind_}, output, images, sum_, 0);
  }
  double Mean(const Dataset& data) const { return sum_.data<double>()[0] / static_cast<double>(data.size()); }

 private:
  Backend& backend_;
  LossKind kind_;
  Tensor sum_{{1}, DType::kF64};
};

}  // namespace

double ReconstructionError(Session& session, const Dataset& data, const EvaluationOptions& options) {
  LossSum sum(session.backend(), options.loss);
  ForEachOutput(session, data, options,
                [&](const Tensor& images, const Tensor& output) { sum.Add(images, output); });
  return sum.Mean(data);
}

ImageErrors ReconstructionErrors(Session& session, const Dataset& data) {
  ImageErrors errors;
  LossSum sum(session.backend(), kMse);
  ForEachOutput(session, data, {}, [&](const Tensor& images, const Tensor& output) {
    sum.Add(images, output);
    std::ranges::copy(MsePerImage(output, images), std::back_inserter(errors.each));
  });
  errors.mean = sum.Mean(data);
  return errors;
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
