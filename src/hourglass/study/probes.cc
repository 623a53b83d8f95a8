#include "hourglass/study/probes.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "hourglass/analysis/generation.h"
#include "hourglass/analysis/interpolation.h"
#include "hourglass/analysis/picking.h"
#include "hourglass/report/class_labels.h"
#include "hourglass/report/model_pictures.h"
#include "hourglass/report/robustness_figures.h"

namespace hourglass {
namespace {

constexpr uint64_t kNoiseSeed = 0;
constexpr int64_t kExampleImages = 3;

// For the Wiener filter; nothing if not needed or if images are too large.
std::optional<PixelCovariance> CovarianceFor(const RobustnessPlan& plan, Backend& backend,
                                             const Dataset& train) {
  const bool gaussian = std::ranges::any_of(
      plan.grids, [](const RobustnessPlan::Grid& grid) { return grid.kind == CorruptionKind::kGaussian; });
  if (!gaussian || train.image_shape().size() > PixelCovariance::kMaxPixels) return {};
  return PixelCovariance(backend, train);
}

}  // namespace

std::vector<ProbedRobustness> ProbeRobustness(const RobustnessPlan& plan,
                                              std::span<const LabelledModel> models, const DataSplits& data,
                                              const std::filesystem::path& folder) {
  const std::optional<PixelCovariance> covariance =
      CovarianceFor(plan, models.front().session->backend(), *data.train);
  const std::vector<int64_t> examples = PickOneOfEach(*data.held_out, kExampleImages);
  std::vector<ProbedRobustness> probed;
  for (const auto& [kind, amounts] : plan.grids) {
    Robustness measured = MeasureRobustness(models, *data.held_out, kind, amounts, kNoiseSeed,
                                            covariance ? &*covariance : nullptr);
    std::vector<Figure> figures = DrawRobustness(folder, fmt::format("{} models", models.size()), measured,
                                                 models, *data.held_out, examples, kNoiseSeed);
    probed.push_back({std::move(measured), std::move(figures)});
  }
  return probed;
}

Figure ProbeGeneration(const GenerationPlan& plan, Session& session, const Dataset& train,
                       const std::filesystem::path& folder) {
  const std::vector<int64_t> shown = ClassesToShow(train, std::vector<int64_t>{plan.from, plan.to});
  const Tensor ends = CentroidPair(MeasureCentroids(session, train), shown[0], shown[1]);
  const auto first = static_cast<int32_t>(shown[0]), last = static_cast<int32_t>(shown[1]);
  const std::string from = ShownClassName(train, first), to = ShownClassName(train, last);
  const Tensor decoded = session.Decode(StraightLine(ends, plan.points - 1));
  Figure figure{
      folder, "generation",
      fmt::format("{} decoded points on the straight line between the mean codes of all training images "
                  "of class {} and of class {}.",
                  plan.points, from, to),
      fmt::format("{} generated pictures that lead from {} to {}.", plan.points, from, to)};
  const ClassLabels titles(train.class_names(), kTitleCharacters),
      names(train.class_names(), kImageLabelCharacters);
  WritePictureGrid(figure, LabelledGrid(fmt::format("From {} to {}", titles(first), titles(last)), decoded,
                                        WalkLabels(names(first), names(last), plan.points)));
  return figure;
}

}  // namespace hourglass
