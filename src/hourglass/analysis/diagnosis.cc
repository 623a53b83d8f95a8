#include "hourglass/analysis/diagnosis.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "hourglass/analysis/blocks.h"

namespace hourglass {
namespace {

constexpr double kCollapsedShare =
    1e-3;  // of the images' variance; a model with one useful unit keeps some percent
constexpr double kStuckShare = 0.01;  // a loss that fell by less never learned

// Sums over images of a pixel and of its square.
struct Moments {
  std::vector<double> sum, square;

  explicit Moments(int64_t pixels) : sum(static_cast<size_t>(pixels)), square(static_cast<size_t>(pixels)) {}
  void Add(const Tensor& images) {
    const float* value = images.data<float>();
    for (int64_t row = 0; row < images.rows(); ++row) {
      for (size_t i = 0; i < sum.size(); ++i, ++value) {
        sum[i] += *value;
        square[i] += double{*value} * *value;
      }
    }
  }
  double Mean(double count) const {
    double total = 0;
    for (const double s : sum) total += s;
    return total / (count * static_cast<double>(sum.size()));
  }
  double Variance(double count) const {
    double total = 0;
    for (size_t i = 0; i < sum.size(); ++i)
      total += std::max(0.0, square[i] / count - (sum[i] / count) * (sum[i] / count));
    return total / static_cast<double>(sum.size());
  }
};

std::string PictureName(const OutputSpread& spread) {
  if (spread.output_mean > 0.9) return "a white picture";
  if (spread.output_mean < 0.01) return "a black picture";
  if (std::abs(spread.output_mean - spread.image_mean) < 0.1) return "about the average of all images";
  return "one and the same picture";
}

Finding CollapsedFinding(const OutputSpread& spread, const CodeUnits& codes) {
  Finding finding{.severe = true, .what = {}, .advice = {}};
  finding.what = fmt::format("The output does not depend on the input: every image is answered with {}.",
                             PictureName(spread));
  bool constant = true;
  for (const CodeUnit& unit : codes.units)
    constant = constant && unit.max - unit.min <= 1e-6F * std::abs(unit.max);
  if (codes.dead.size() == codes.units.size()) {
    finding.advice =
        "Every code unit is 0 for every image: their ReLU is closed for good, and the decoder sees nothing. "
        "Try another "
        "seed, a smaller learning rate, or a code without ReLU.";
  } else if (constant) {
    finding.advice =
        "The code is the same for every image, so a layer of the encoder has died. Try another seed, a "
        "smaller learning "
        "rate or less weight decay.";
  } else {
    finding.advice =
        "The code still varies, but the decoder does not use it. The usual causes are a weight decay or a "
        "learning rate "
        "that is too large, or pixels outside of [0, 1].";
  }
  return finding;
}

}  // namespace

OutputSpread MeasureOutputSpread(const Autoencoder& model, const Dataset& data, int64_t limit) {
  CheckImageShape(model.image_shape(), data);
  const int64_t pixels = data.image_shape().size();
  Moments images(pixels), outputs(pixels);
  double count = 0;
  ForEachBlock(model.backend(), data, limit, [&](std::span<const int64_t> ids, Tensor& block) {
    images.Add(block);
    outputs.Add(model.Reconstruct(block));
    count += static_cast<double>(ids.size());
  });
  return {.output_variance = outputs.Variance(count),
          .image_variance = images.Variance(count),
          .output_mean = outputs.Mean(count),
          .image_mean = images.Mean(count)};
}

std::vector<Finding> Diagnose(const OutputSpread& spread, const CodeUnits& codes,
                              std::span<const EpochMetrics> epochs) {
  std::vector<Finding> findings;
  if (!std::isfinite(spread.output_mean)) {
    findings.push_back({.severe = true,
                        .what = "The output is not a number.",
                        .advice = "Training diverged. Try a smaller learning rate."});
    return findings;
  }
  const bool collapsed = spread.output_variance <= kCollapsedShare * spread.image_variance;
  if (collapsed) findings.push_back(CollapsedFinding(spread, codes));
  if (epochs.size() >= 5 && epochs.back().train_loss > (1 - kStuckShare) * epochs.front().train_loss) {
    findings.push_back(
        {.severe = true,
         .what = fmt::format("The training loss never fell: {:.4g} in the first epoch, {:.4g} in the last.",
                             epochs.front().train_loss, epochs.back().train_loss),
         .advice = "Try another learning rate, ten times smaller and ten times larger."});
  }
  if (!codes.dead.empty() && !collapsed) {
    const size_t alive = codes.units.size() - codes.dead.size();
    findings.push_back(
        {.severe = false,
         .what = fmt::format("{} of {} code units never fire (counted from 0: {}): the model works with {}.",
                             codes.dead.size(), codes.units.size(), fmt::join(codes.dead, ", "), alive),
         .advice = "A ReLU at the code kills units for good, often in the first steps. Another seed kills "
                   "others; a code without ReLU keeps all."});
  }
  return findings;
}

}  // namespace hourglass
