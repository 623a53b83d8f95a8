#include "hourglass/report/robustness_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hourglass/core/check.h"
#include "hourglass/report/class_labels.h"
#include "hourglass/report/model_pictures.h"
#include "hourglass/report/plots.h"
#include "hourglass/report/run_figures.h"

namespace hourglass {
namespace {

constexpr size_t kExampleAmounts = 7;
constexpr int kNothingStyle = 6, kWienerStyle = 4;

std::string FigureName(CorruptionKind kind, const char* suffix) {
  return fmt::format("{}-{}{}", figure_name::kRobustness, Name(kind), suffix);
}

// "gaussian noise"
std::string KindText(CorruptionKind kind) {
  switch (kind) {
    case CorruptionKind::kNone:
      return "no corruption";
    case CorruptionKind::kGaussian:
      return "gaussian noise";
    case CorruptionKind::kOcclusion:
      return "occlusion by a black square";
    case CorruptionKind::kSaltPepper:
      return "salt and pepper";
    case CorruptionKind::kMasking:
      return "masked pixels";
  }
  HOURGLASS_CHECK(false);
  return "";
}

PlotSeries ToSeries(const Robustness& robustness, const QualityCurve& curve, double Quality::*value,
                    int style, bool dashed) {
  PlotSeries series{.label = curve.label, .x = robustness.amounts, .y = {}, .style = style, .dashed = dashed};
  series.points = !dashed;
  for (const Quality& quality : curve.points) series.y.push_back(quality.*value);
  return series;
}

LinePlot QualityPlot(const std::string& title, const Robustness& robustness, double Quality::*value) {
  LinePlot plot{.title = fmt::format("{}: {}", title, KindText(robustness.kind)),
                .x_label = AmountLabel(robustness.kind),
                .y_label = {},
                .series = {}};
  // Leaves out the styles of the baselines.
  for (size_t m = 0; m < robustness.models.size(); ++m) {
    plot.series.push_back(
        ToSeries(robustness, robustness.models[m], value, static_cast<int>(m < 4 ? m : m + 3), false));
  }
  if (robustness.wiener)
    plot.series.push_back(ToSeries(robustness, *robustness.wiener, value, kWienerStyle, true));
  plot.series.push_back(ToSeries(robustness, robustness.corrupted, value, kNothingStyle, true));
  return plot;
}

// "0.0247 on clean images, 0.0712 at 1; an exponential fits best (R² 0.998), …"
std::string FitText(const Robustness& robustness, const QualityCurve& curve) {
  const std::vector<CurveFit> fits = FitMse(robustness, curve);
  const CurveFit* best = BestFit(fits);
  if (best == nullptr) return "";
  std::string text;
  for (const CurveFit& fit : fits) {
    text += fmt::format("{}{} {} (R² {:.4f})", text.empty() ? "" : "; ", Name(fit.form), fit.Formula(),
                        fit.r_squared);
  }
  return fmt::format(" {}: the {} fits best. {}.", curve.label, Name(best->form), text);
}

Figure DrawMse(const Figure& place, const std::string& title, const Robustness& robustness) {
  std::string caption = fmt::format(
      "Mean squared error against the clean image over {} images. The curve \"doing nothing\" is the error "
      "of the corrupted images themselves.",
      robustness.images);
  if (robustness.wiener) {
    caption +=
        " The Wiener filter is the best linear estimate, computed for each amount from the training "
        "images, and has no bottleneck.";
  }
  for (const QualityCurve& curve : robustness.models) caption += FitText(robustness, curve);
  LinePlot plot = QualityPlot(title, robustness, &Quality::mse);
  plot.y_label = "MSE per pixel";
  plot.y_min = 0;
  // The error of doing nothing soon exceeds all others, so the plot ends a little above the models.
  double highest = 0;
  for (const QualityCurve& curve : robustness.models) {
    for (const Quality& quality : curve.points) highest = std::max(highest, quality.mse);
  }
  if (highest > 0 && std::isfinite(highest)) plot.y_max = 1.15 * highest;
  Figure figure = place;
  figure.name = FigureName(robustness.kind, "");
  figure.caption = caption;
  figure.alt_text = fmt::format("Curves of the MSE against the {} for {} models.",
                                AmountLabel(robustness.kind), robustness.models.size());
  WriteLinePlot(figure, plot);
  return figure;
}

Figure DrawSsim(const Figure& place, const std::string& title, const Robustness& robustness) {
  LinePlot plot = QualityPlot(title, robustness, &Quality::ssim);
  plot.y_label = "SSIM, mean over images";
  Figure figure = place;
  figure.name = FigureName(robustness.kind, "-ssim");
  figure.caption =
      "Structural similarity to the clean image (Wang et al. 2004, gaussian window of 11 × 11 pixels), in "
      "colour "
      "the mean over channels: 1 means equal.";
  figure.alt_text = fmt::format("Curves of the SSIM against the {} for {} models.",
                                AmountLabel(robustness.kind), robustness.models.size());
  WriteLinePlot(figure, plot);
  return figure;
}

// All amounts, or every second, third, … of them.
std::vector<double> ShownAmounts(const std::vector<double>& amounts) {
  const size_t step = (amounts.size() + kExampleAmounts - 1) / kExampleAmounts;
  std::vector<double> shown;
  for (size_t i = 0; i < amounts.size(); i += step) shown.push_back(amounts[i]);
  return shown;
}

Figure DrawExamples(const Figure& place, const std::string& title, const Robustness& robustness,
                    std::span<const LabelledModel> models, const Dataset& data, std::span<const int64_t> ids,
                    uint64_t seed) {
  const Tensor images = ReadPixels(data, ids);
  std::vector<ModelDenoisings> rows;
  for (const auto& [label, model] : models) {
    rows.push_back({.label = models.size() == 1 ? "output" : label, .results = {}});
    for (const double amount : ShownAmounts(robustness.amounts)) {
      rows.back().results.push_back(DenoiseImages(*model, images, ids, {robustness.kind, amount}, seed));
    }
  }
  Figure figure = place;
  figure.name = FigureName(robustness.kind, "-examples");
  figure.caption = "Images with increasing corruption, and the outputs below each." +
                   CaptionEnd(ExplainImageLabels(data, ids));
  figure.alt_text =
      fmt::format("{} images in rows, the amount of corruption rising from left to right.", ids.size());
  WritePictureGrid(figure, RobustnessGrid(fmt::format("{}: {}", title, KindText(robustness.kind)), rows,
                                          ImageLabels(data, ids)));
  return figure;
}

}  // namespace

std::string AmountLabel(CorruptionKind kind) {
  if (kind == CorruptionKind::kGaussian) return "standard deviation σ of the noise, pixels in [0, 1]";
  return kind == CorruptionKind::kOcclusion ? "share of the image's area" : "share of the pixels";
}

std::vector<Figure> DrawRobustness(const std::filesystem::path& folder, const std::string& title,
                                   const Robustness& robustness, std::span<const LabelledModel> models,
                                   const Dataset& data, std::span<const int64_t> ids, uint64_t seed) {
  const Figure place{.folder = folder,
                     .name = {},
                     .caption = {},
                     .alt_text = {},
                     .model = models.size() == 1 ? models.front().session->model().checksum() : ""};
  return {DrawMse(place, title, robustness), DrawSsim(place, title, robustness),
          DrawExamples(place, title, robustness, models, data, ids, seed)};
}

}  // namespace hourglass
