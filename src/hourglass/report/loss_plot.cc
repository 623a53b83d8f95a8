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

Series LossSeries(const std::vector<EpochMetrics>& epochs, std::string label, int style, bool dashed,
                  double EpochMetrics::*value) {
  Series series{.label = std::move(label), .x = {}, .y = {}, .style = style, .dashed = dashed};
  for (const EpochMetrics& epoch : epochs) {
    series.x.push_back(static_cast<double>(epoch.epoch));
    series.y.push_back(epoch.*value);
  }
  return series;
}

// Adds the curve of a loss that not every log has.
void AddOptional(const std::vector<EpochMetrics>& epochs, std::string label, int style,
                 std::optional<double> EpochMetrics::*value, LinePlot& plot) {
  Series series{.label = std::move(label), .x = {}, .y = {}, .style = style, .dashed = true};
  for (const EpochMetrics& epoch : epochs) {
    if (!(epoch.*value)) continue;
    series.x.push_back(static_cast<double>(epoch.epoch));
    series.y.push_back(*(epoch.*value));
  }
  if (!series.x.empty()) plot.series.push_back(std::move(series));
}

void AddRun(const RunCurve& run, int style, bool single, LinePlot& plot) {
  if (run.epochs.empty()) return;
  const std::string prefix = run.label.empty() ? "" : run.label + ", ";
  const std::string held_out = prefix + run.epochs.back().held_out_name;
  Series train = LossSeries(run.epochs, prefix + "train", style, false, &EpochMetrics::train_loss);
  train.points = !single;
  plot.series.push_back(std::move(train));
  plot.series.push_back(
      LossSeries(run.epochs, held_out, single ? 1 : style, true, &EpochMetrics::held_out_loss));
  if (!single) return;
  AddOptional(run.epochs, held_out + ", clean input", 3, &EpochMetrics::clean_loss, plot);
  AddOptional(run.epochs, held_out + ", noisy input", 2, &EpochMetrics::noisy_loss, plot);
}

}  // namespace

LinePlot LossPlot(const std::vector<RunCurve>& runs, std::string title, std::string y_label) {
  LinePlot plot{.title = std::move(title), .x_label = "epoch", .y_label = std::move(y_label), .series = {}};
  const bool single = runs.size() == 1;
  for (size_t i = 0; i < runs.size(); ++i) AddRun(runs[i], static_cast<int>(i), single, plot);
  if (single) plot.marks = LearningRateDrops(runs.front().epochs);
  return plot;
}

std::vector<Mark> LearningRateDrops(const std::vector<EpochMetrics>& epochs) {
  std::vector<Mark> marks;
  for (size_t i = 1; i < epochs.size(); ++i) {
    if (epochs[i].learning_rate >= epochs[i - 1].learning_rate) continue;
    // The rate changes between two epochs.
    marks.push_back({.x = static_cast<double>(epochs[i].epoch) - 0.5,
                     .text = "learning rate " + ScientificRate(epochs[i].learning_rate)});
  }
  return marks;
}

}  // namespace hourglass
