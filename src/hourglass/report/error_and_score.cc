#include "hourglass/report/error_and_score.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/report/plots.h"

namespace hourglass {
namespace {

constexpr int kErrorWidth = 1000, kErrorHeight = 560, kErrorFontSize = 16;
constexpr int kLabelHeight = 24;  // in pixels, with a gap

bool Finite(const ErrorAndScore& one) {
  return std::isfinite(one.mse) && std::isfinite(one.score) && std::isfinite(one.new_score);
}

// The finite ones, the lowest error first.
std::vector<ErrorAndScore> Drawn(std::span<const ErrorAndScore> models) {
  std::vector<ErrorAndScore> drawn;
  std::ranges::copy_if(models, std::back_inserter(drawn), Finite);
  if (drawn.empty()) throw UsageError({.what = "no model has an error and a score that can be drawn"});
  std::ranges::stable_sort(drawn, {}, &ErrorAndScore::mse);
  return drawn;
}

std::string Data(const std::vector<ErrorAndScore>& models) {
  std::string csv = "model,mse,score,new score\n";
  for (const auto& [label, mse, score, new_score] : models) {
    csv += fmt::format("{},{},{},{}\n", CsvField(label), mse, score, new_score);
  }
  return csv;
}

// Moves heights (rising, in shares of the plot) apart to at least `gap`, and into [0, 1] if that is possible.
void Spread(std::vector<double>& heights, double gap) {
  for (size_t i = 1; i < heights.size(); ++i) heights[i] = std::max(heights[i], heights[i - 1] + gap);
  double most = 1;
  for (auto height = heights.rbegin(); height != heights.rend(); ++height, most -= gap) {
    *height = std::min(*height, most);
  }
}

// The name of each model beside the plot, with a thin line to its points.
std::string Names(const std::vector<ErrorAndScore>& models, double low, double high, int plot_height) {
  std::vector<double> heights;
  for (const ErrorAndScore& one : models) heights.push_back((one.mse - low) / (high - low));
  Spread(heights, static_cast<double>(kLabelHeight) / plot_height);
  std::string script;
  for (size_t i = 0; i < models.size(); ++i) {
    script += fmt::format(
        "set arrow from first {}, first {} to graph 1.03, graph {} nohead linewidth 1 linecolor '#bbbbbb' "
        "back\n"
        "set label {} at graph 1.04, graph {} left\n",
        std::max(models[i].score, models[i].new_score), models[i].mse, heights[i],
        GnuplotString(models[i].label), heights[i]);
  }
  return script;
}

}  // namespace

Figure DrawErrorAndScore(const std::filesystem::path& folder, std::span<const ErrorAndScore> models,
                         Distance distance, int64_t k) {
  const std::vector<ErrorAndScore> drawn = Drawn(models);
  Figure figure{
      folder, "error-and-score",
      fmt::format("What keeping the context costs: held-out reconstruction error against the share of "
                  "the {} nearest images that a code keeps, by {}. A line joins the score of the "
                  "training images with that of new images among them. The best model is at the "
                  "lower right.",
                  k, Title(distance)),
      fmt::format("Two points for each of {} models.", drawn.size())};
  // The plot takes the height that the names need, and lies above its key.
  const int plot_height = std::max(kErrorHeight - 150, static_cast<int>(drawn.size()) * kLabelHeight);
  const double lowest = drawn.front().mse, highest = drawn.back().mse;
  const double room = highest > lowest ? 0.06 * (highest - lowest) : 0.1 * std::max(highest, 1e-6);
  size_t letters = 0;
  for (const ErrorAndScore& one : drawn) letters = std::max(letters, one.label.size());
  const std::string data = figure.name + ".csv", file = GnuplotFileName(data);
  std::string script = PlotPreamble("Reconstruction error against kept neighbours", "held-out MSE per pixel");
  script += fmt::format(
      "set xlabel 'score@{}, the share of nearest images that are also nearest in the code, {}' offset "
      "0,0.5\n"
      "set grid xtics\nset xrange [0:*]\nset yrange [{}:{}]\nset offsets 0, graph 0.03, 0, 0\n"
      "set rmargin {}\nset key bmargin center horizontal samplen 2 height 1\n",
      k, Title(distance), lowest - room, highest + room, letters + 6);
  script += Names(drawn, lowest - room, highest + room, plot_height);
  script += fmt::format(
      "plot {0} skip 1 using 3:2:($4-$3):(0) with vectors nohead linewidth 2 linecolor '#999999' notitle, "
      "\\\n"
      "     {0} skip 1 using 3:2 with points pointtype 7 pointsize 1.4 linecolor '#0072B2' title 'training "
      "images', \\\n"
      "     {0} skip 1 using 4:2 with points pointtype 9 pointsize 1.6 linecolor '#D55E00' title 'new "
      "images'\n",
      file);
  WriteFigure(figure, {.script = script,
                       .width = kErrorWidth,
                       .height = plot_height + 150,
                       .font_size = kErrorFontSize,
                       .png_scale = 2,
                       .data_name = data,
                       .data = Data(drawn)});
  return figure;
}

}  // namespace hourglass
