#include "hourglass/report/loss_plot.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace hourglass {
namespace {

std::string ScientificRate(double rate) {
  if (rate <= 0) return "0";
  const int exponent = static_cast<int>(std::floor(std::log10(rate) + 1e-9));
  const double mantissa = rate / std::pow(10.0, exponent);
  return fmt::format("{:.3g}e{}", mantissa, exponent);
}

// The values of one metric over the epochs that have it.
PlotSeries MetricSeries(const std::vector<EpochMetrics>& epochs, const std::string& metric, std::string label,
                        int style, bool dashed) {
  PlotSeries series{.label = std::move(label), .x = {}, .y = {}, .style = style, .dashed = dashed};
  for (const EpochMetrics& epoch : epochs) {
    const std::optional<double> value = epoch.Find(metric);
    if (!value) continue;
    series.x.push_back(static_cast<double>(epoch.epoch()));
    series.y.push_back(*value);
  }
  return series;
}

// "clean input" of test/clean_loss, "noisy input (σ = 0.5)" of test/noisy_loss@0.5.
std::string InputLabel(std::string_view metric) {
  const size_t at = metric.find('@');
  if (metric.find("/clean_loss") != std::string_view::npos) return "clean input";
  return at == std::string_view::npos ? "noisy input"
                                      : fmt::format("noisy input (σ = {})", metric.substr(at + 1));
}

void AddHeldOut(const RunCurve& run, LinePlot& plot) {
  if (run.epochs.empty()) return;
  const int style = static_cast<int>(plot.series.size());
  const std::string held_out = run.epochs.back().held_out_name() + "/loss";
  plot.series.push_back(MetricSeries(run.epochs, held_out, run.label, style, false));
  plot.series.back().points = true;
}

void AddRun(const RunCurve& run, int style, bool single, LinePlot& plot) {
  if (run.epochs.empty()) return;
  const std::string prefix = run.label.empty() ? "" : run.label + ", ";
  const EpochMetrics& last = run.epochs.back();
  const std::string held_out = last.held_out_name();
  PlotSeries train = MetricSeries(run.epochs, "train/loss", prefix + "train", style, false);
  train.points = !single;
  plot.series.push_back(std::move(train));
  plot.series.push_back(
      MetricSeries(run.epochs, held_out + "/loss", prefix + held_out, single ? 1 : style, true));
  if (!single) return;
  int next_style = 2;
  for (const Metric& metric : last.values()) {
    if (!metric.name.starts_with(held_out + "/") || metric.name == held_out + "/loss") continue;
    if (metric.name.find("_loss") == std::string::npos) continue;  // a part of the loss
    plot.series.push_back(MetricSeries(run.epochs, metric.name,
                                       fmt::format("{}, {}", held_out, InputLabel(metric.name)), next_style++,
                                       true));
  }
}

}  // namespace

LinePlot EvidencePlot(const std::vector<EpochMetrics>& epochs, std::string title) {
  LinePlot plot{.title = std::move(title), .x_label = "epoch", .y_label = "nats per image", .series = {}};
  const std::string held_out = epochs.back().held_out_name();
  int style = 0;
  for (const auto& [name, label] :
       {std::pair{"reconstruction", "-ln p(image | code)"}, {"kl", "KL divergence"}}) {
    for (const std::string& part : {std::string("train"), held_out}) {
      plot.series.push_back(MetricSeries(epochs, fmt::format("{}/{}", part, name),
                                         fmt::format("{}, {}", label, part), style, part == held_out));
    }
    ++style;
  }
  const bool negative = std::ranges::any_of(plot.series, [](const PlotSeries& series) {
    return std::ranges::any_of(series.y, [](double y) { return y < 0; });
  });
  if (!negative) plot.y_min = 0;
  return plot;
}

bool ShowsHeldOutAlone(size_t runs) {
  constexpr size_t kMost = 8;  // with two curves each, the plot can still be read
  return runs > kMost;
}

LinePlot LossPlot(const std::vector<RunCurve>& runs, std::string title, std::string y_label) {
  LinePlot plot{.title = std::move(title), .x_label = "epoch", .y_label = std::move(y_label), .series = {}};
  if (ShowsHeldOutAlone(runs.size())) {
    plot.y_label = "held-out " + plot.y_label;
    plot.log_y = true;  // the first epochs of one run would flatten the others
    for (const RunCurve& run : runs) AddHeldOut(run, plot);
    return plot;
  }
  const bool single = runs.size() == 1;
  for (size_t i = 0; i < runs.size(); ++i) AddRun(runs[i], static_cast<int>(i), single, plot);
  if (single) plot.marks = LearningRateDrops(runs.front().epochs);
  return plot;
}

std::vector<PlotMark> LearningRateDrops(const std::vector<EpochMetrics>& epochs) {
  const auto drops = [&](size_t i) {
    return i > 0 && i < epochs.size() && epochs[i].learning_rate() < epochs[i - 1].learning_rate();
  };
  std::vector<PlotMark> marks;
  for (size_t i = 1; i < epochs.size(); ++i) {
    // A rate that falls steadily has no drop to mark.
    if (!drops(i) || drops(i - 1) || drops(i + 1)) continue;
    // The rate changes between two epochs.
    marks.push_back({.x = static_cast<double>(epochs[i].epoch()) - 0.5,
                     .text = "learning rate " + ScientificRate(epochs[i].learning_rate())});
  }
  return marks;
}

}  // namespace hourglass
