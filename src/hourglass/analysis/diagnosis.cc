#include "hourglass/analysis/diagnosis.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "hourglass/analysis/detail/blocks.h"
#include "hourglass/objective/divergence.h"
#include "hourglass/optim/optimizer.h"

namespace hourglass {
namespace {

// Shares of the images' variance. The first principal component of digits alone carries 10 %.
constexpr double kCollapsedShare = 1e-3, kFaintShare = 0.08;
constexpr double kStuckShare = 0.01;  // a model whose loss fell by less never learned
constexpr float kConstantShare = 1e-6F;
constexpr double kLargeDecay = 1e-4;  // as an L2 penalty; enough to collapse some models

// Sums of each pixel and of its square over images.
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
  if (std::abs(spread.output_mean - spread.image_mean) < 0.1) return "roughly the average of all images";
  return "the same picture";
}

// Describes the code of a collapsed model.
std::string CodeOfCollapsed(const CodeUnits& codes) {
  if (codes.dead.size() == codes.units.size()) {
    return "The code's ReLUs are dead: every unit is 0 for every image, so the decoder sees nothing.";
  }
  const bool constant = std::ranges::all_of(codes.units, [](const CodeUnit& unit) {
    return unit.max - unit.min <= kConstantShare * std::max(std::abs(unit.min), std::abs(unit.max));
  });
  return constant ? "The code is the same for every image, so a layer of the encoder has died."
                  : "The code still varies, but the decoder does not use it.";
}

std::string CauseOfCollapse(const CodeUnits& codes, const WeightDecay& decay) {
  if (decay.amount >= kLargeDecay && DecayOf(decay.optimizer) == DecayKind::kL2) {
    return fmt::format(
        "The likely cause is weight decay: with {} it is an L2 penalty, which enters the gradient and "
        "outweighs the gradient of the loss. Try optimizer = adamw, whose decay is separate from the "
        "gradient, or a smaller decay.",
        decay.optimizer);
  }
  return fmt::format("Train longer, or try another seed, a smaller learning rate or less weight decay{}.",
                     codes.rectified ? ", or a code without ReLU" : "");
}

Finding FaintFinding(const OutputSpread& spread, const CodeUnits& codes, const WeightDecay& decay) {
  return {.severe = true,
          .name = "nearly collapsed",
          .what = fmt::format(
              "The output hardly depends on the input: its variance is {:.1f} % of the images' variance.",
              100 * spread.output_variance / spread.image_variance),
          .advice = CauseOfCollapse(codes, decay)};
}

Finding CollapsedFinding(const OutputSpread& spread, const CodeUnits& codes, const WeightDecay& decay) {
  return {
      .severe = true,
      .name = "collapsed",
      .what = fmt::format("The output does not depend on the input: it is always {}.", PictureName(spread)),
      .advice = fmt::format("{} {}", CodeOfCollapsed(codes), CauseOfCollapse(codes, decay))};
}

// A gaussian bottleneck whose codes are the same for all images.
Finding PosteriorFinding(const CodeUnits& codes) {
  double divergence = 0;
  for (const CodeUnit& unit : codes.units) divergence += *unit.divergence;
  return {
      .severe = true,
      .name = "posterior collapsed",
      .what = fmt::format("The codes say nothing about the images: their divergence is {:.2g} nats, and no "
                          "number of the code varies from image to image.",
                          divergence),
      .advice = std::string(kAgainstCollapse)};
}

Finding UnusedFinding(const CodeUnits& codes) {
  return {.severe = false,
          .name = "unused units",
          .what = fmt::format("{} of {} numbers of the code say nothing about the images.",
                              std::ssize(codes.units) - codes.used(), codes.units.size()),
          .advice = "That is usual if the code has more numbers than the divergence allows it to use. " +
                    std::string(kAgainstCollapse)};
}

}  // namespace

OutputSpread MeasureOutputSpread(Session& session, const Dataset& data, int64_t limit) {
  CheckImageShape(session.model().image_shape(), data);
  const int64_t pixels = data.image_shape().size();
  Moments images(pixels), outputs(pixels);
  double count = 0;
  ForEachBlock(session.backend(), data, limit, [&](std::span<const int64_t> ids, Tensor& block) {
    images.Add(block);
    outputs.Add(session.Reconstruct(block));
    count += static_cast<double>(ids.size());
  });
  return {.output_variance = outputs.Variance(count),
          .image_variance = images.Variance(count),
          .output_mean = outputs.Mean(count),
          .image_mean = images.Mean(count)};
}

std::vector<Finding> Diagnose(const OutputSpread& spread, const CodeUnits& codes,
                              std::span<const EpochMetrics> epochs, const WeightDecay& decay) {
  std::vector<Finding> findings;
  if (!std::isfinite(spread.output_mean)) {
    findings.push_back({.severe = true,
                        .name = "not finite",
                        .what = "The output is not a number.",
                        .advice = "Training diverged. Try a smaller learning rate."});
    return findings;
  }
  const bool images_differ = spread.image_variance > 0;  // else constant outputs are correct
  const bool collapsed = images_differ && spread.output_variance <= kCollapsedShare * spread.image_variance;
  const bool faint = images_differ && spread.output_variance <= kFaintShare * spread.image_variance;
  if (codes.gaussian() && codes.used() == 0) {
    findings.push_back(PosteriorFinding(codes));
    return findings;
  }
  if (collapsed) findings.push_back(CollapsedFinding(spread, codes, decay));
  if (faint && !collapsed) findings.push_back(FaintFinding(spread, codes, decay));
  if (epochs.size() >= 5 && epochs.back().train_loss() > (1 - kStuckShare) * epochs.front().train_loss()) {
    findings.push_back(
        {.severe = true,
         .name = "never learned",
         .what = fmt::format("The training loss never fell: {:.4g} in the first epoch, {:.4g} in the last.",
                             epochs.front().train_loss(), epochs.back().train_loss()),
         .advice = "Try a learning rate ten times smaller, and one ten times larger."});
  }
  if (codes.gaussian() && codes.used() < std::ssize(codes.units)) findings.push_back(UnusedFinding(codes));
  if (!codes.dead.empty() && !collapsed) {
    const size_t alive = codes.units.size() - codes.dead.size();
    findings.push_back(
        {.severe = false,
         .name = "dead units",
         .what =
             fmt::format("{} of {} code units never fire (counting from 0: {}), so the model uses only {}.",
                         codes.dead.size(), codes.units.size(), fmt::join(codes.dead, ", "), alive),
         .advice = "The code's ReLU kills units permanently, often in the first steps. Another seed kills "
                   "other units; a code without ReLU keeps all units."});
  }
  return findings;
}

std::optional<Finding> FindFailure(const TrainedModel& model, const Dataset& data) {
  if (model.training.is_object() && model.training.value("epochs", 1) == 0) {
    return Finding{.severe = true,
                   .name = "not trained",
                   .what = "Its training has not finished an epoch yet.",
                   .advice = "Resume it."};
  }
  const std::vector<EpochMetrics> epochs = model.run ? model.run->ReadMetrics() : std::vector<EpochMetrics>();
  const auto findings =
      Diagnose(MeasureOutputSpread(*model.session, data),
               MeasureCodeUnits(*model.session, data, kDiagnosedImages), epochs, TrainingDecay(model));
  if (findings.empty() || !findings.front().severe) return std::nullopt;
  return findings.front();
}

Json ToJson(const Finding& finding) {
  return {
      {"severe", finding.severe}, {"name", finding.name}, {"what", finding.what}, {"advice", finding.advice}};
}

}  // namespace hourglass
