#include "hourglass/report/scatter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "hourglass/core/error.h"
#include "hourglass/report/plots.h"

namespace hourglass {
namespace {

constexpr int kScatterWidth = 900, kScatterHeight = 760, kScatterFontSize = 16;

// Paul Tol, "Colour schemes", 2021: "muted", told apart by colour-blind eyes; its pale grey made darker.
constexpr std::array<const char*, 10> kClassColours = {"#332288", "#CC6677", "#88CCEE", "#DDCC77", "#117733",
                                                       "#882255", "#44AA99", "#AA4499", "#999933", "#AAAAAA"};
// Viridis by van der Walt and Smith, 2015: its brightness rises evenly.
constexpr char kValuePalette[] =
    "set palette defined (0 '#440154', 1 '#46327e', 2 '#365c8d', 3 '#277f8e', 4 '#1fa187', 5 '#4ac16d', "
    "6 '#a0da39', 7 '#fde725')\n";

void CheckPoints(const ScatterPlot& plot, size_t colours) {
  const Shape& shape = plot.points->shape();
  if (shape.rank() == 2 && shape[1] == 2 && static_cast<size_t>(shape[0]) == colours && colours > 0) return;
  throw UsageError({.what = fmt::format("these points cannot be drawn in the plot \"{}\"", plot.title),
                    .expected = fmt::format("[{}, 2], at least one, a colour each", colours),
                    .got = shape.ToString()});
}

// x, y and what decides the colour.
template <class T>
std::string Csv(const ScatterPlot& plot, std::span<const T> colours, const char* name) {
  std::string csv = fmt::format("x,y,{}\n", name);
  const float* point = plot.points->data<float>();
  for (const T colour : colours) {
    fmt::format_to(std::back_inserter(csv), "{:.5g},{:.5g},{:.4g}\n", point[0], point[1],
                   static_cast<double>(colour));
    point += 2;
  }
  return csv;
}

std::string Script(const ScatterPlot& plot, const std::string& data, const std::string& colours,
                   const std::string& legend) {
  return PlotPreamble(plot.title, plot.y_label) +
         fmt::format(
             "set xlabel {}\nset grid xtics ytics\nset autoscale fix\nset offsets "
             "graph 0.02, graph 0.02, graph 0.02, graph 0.02\n"
             "{}plot {} skip 1 using 1:2:3 with points pointtype 7 "
             "pointsize 0.15 linecolor palette notitle{}\n",
             GnuplotString(plot.x_label), colours, GnuplotFileName(data), legend);
}

void Write(const Figure& figure, const std::string& script, const std::string& data) {
  WriteFigure(figure, {.script = script,
                       .width = kScatterWidth,
                       .height = kScatterHeight,
                       .font_size = kScatterFontSize,
                       .png_scale = 2,
                       .data_name = figure.name + ".csv",
                       .data = data});
}

float Median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The number of each class at the median of its points.
std::string ClassLabels(const ScatterPlot& plot, std::span<const uint8_t> classes) {
  std::map<int, std::array<std::vector<float>, 2>> of_class;
  const float* point = plot.points->data<float>();
  for (size_t i = 0; i < classes.size(); ++i) {
    for (size_t axis = 0; axis < 2; ++axis) of_class[classes[i]][axis].push_back(point[2 * i + axis]);
  }
  std::string script = "set style textbox opaque fillcolor '#ffffff' noborder margins 0.6,0.4\n";
  for (auto& [label, places] : of_class) {
    script += fmt::format("set label '{}' at {}, {} center front boxed\n", label, Median(places[0]),
                          Median(places[1]));
  }
  return script;
}

}  // namespace

void WriteScatterPlot(const Figure& figure, const ScatterPlot& plot, std::span<const uint8_t> classes) {
  CheckPoints(plot, classes.size());
  const int count = std::ranges::max(classes) + 1;
  std::string palette, legend;
  for (int label = 0; label < count; ++label) {
    const char* colour = kClassColours[static_cast<size_t>(label) % kClassColours.size()];
    palette += fmt::format("{}{} '{}'", label > 0 ? ", " : "", label, colour);
    // Beyond the colours that there are, the numbers in the plot must do.
    if (label < static_cast<int>(kClassColours.size())) {
      legend +=
          fmt::format(", \\\n     keyentry with points pointtype 7 pointsize 1.2 linecolor '{}' title '{}'",
                      colour, label);
    }
  }
  if (count == 1) palette += fmt::format(", 1 '{}'", kClassColours[0]);
  const std::string colours =
      fmt::format("set palette defined ({})\nset cbrange [0:{}]\nunset colorbox\nset key outside right top\n",
                  palette, std::max(1, count - 1)) +
      ClassLabels(plot, classes);
  Write(figure, Script(plot, figure.name + ".csv", colours, legend), Csv(plot, classes, "class"));
}

void WriteScatterPlot(const Figure& figure, const ScatterPlot& plot, std::span<const float> values,
                      double high, const std::string& label) {
  CheckPoints(plot, values.size());
  const std::string colours = kValuePalette + fmt::format("set cbrange [0:{}]\nset cblabel {}\n",
                                                          high > 0 ? high : 1.0, GnuplotString(label));
  Write(figure, Script(plot, figure.name + ".csv", colours, ""), Csv(plot, values, "value"));
}

}  // namespace hourglass
