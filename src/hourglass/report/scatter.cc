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

// Paul Tol, "Colour schemes", 2021: "muted", safe for colour blindness; its pale grey made darker.
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
                    .expected = fmt::format("[{}, 2], at least one, one colour each", colours),
                    .got = shape.ToString()});
}

std::string Csv(const ScatterPlot& plot, std::span<const float> values) {
  std::string csv = "x,y,value\n";
  const float* point = plot.points->data<float>();
  for (const float value : values) {
    fmt::format_to(std::back_inserter(csv), "{:.5g},{:.5g},{:.4g}\n", point[0], point[1], value);
    point += 2;
  }
  return csv;
}

// The colour of each class, as an index into kClassColours.
using ClassColours = std::map<int32_t, size_t>;

ClassColours ColoursOf(std::span<const int32_t> classes) {
  ClassColours colours;
  for (const int32_t label : classes) colours[label] = 0;
  size_t place = 0;
  for (auto& [label, colour] : colours) colour = place++ % kClassColours.size();
  return colours;
}

std::string Csv(const ScatterPlot& plot, std::span<const int32_t> classes, const ClassColours& colours) {
  std::string csv = "x,y,colour,class\n";
  const float* point = plot.points->data<float>();
  for (const int32_t label : classes) {
    fmt::format_to(std::back_inserter(csv), "{:.5g},{:.5g},{},{}\n", point[0], point[1], colours.at(label),
                   label);
    point += 2;
  }
  return csv;
}

// Few points must be seen, many must not cover each other.
double PointSize(const ScatterPlot& plot) {
  return plot.points->rows() <= 10'000 ? 0.35 : 0.15;
}

std::string Script(const ScatterPlot& plot, const std::string& data, const std::string& colours,
                   const std::string& legend) {
  return PlotPreamble(plot.title, plot.y_label) +
         fmt::format(
             "set xlabel {}\nset grid xtics ytics\nset autoscale fix\nset offsets "
             "graph 0.02, graph 0.02, graph 0.02, graph 0.02\n"
             "{}plot {} skip 1 using 1:2:3 with points pointtype 7 "
             "pointsize {} linecolor palette notitle{}\n",
             GnuplotString(plot.x_label), colours, GnuplotFileName(data), PointSize(plot), legend);
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
std::string ClassLabels(const ScatterPlot& plot, std::span<const int32_t> classes) {
  std::map<int32_t, std::array<std::vector<float>, 2>> of_class;
  const float* point = plot.points->data<float>();
  for (size_t i = 0; i < classes.size(); ++i) {
    for (size_t axis = 0; axis < 2; ++axis) of_class[classes[i]][axis].push_back(point[2 * i + axis]);
  }
  // Many classes are small in the plot; a number on top would hide them.
  const char* const style = of_class.size() <= kClassColours.size() ? "boxed" : "font ',12' offset 0.8,0.5";
  std::string script = "set style textbox opaque fillcolor '#ffffff' noborder margins 0.6,0.4\n";
  for (auto& [label, places] : of_class) {
    script += fmt::format("set label '{}' at {}, {} center front {}\n", label, Median(places[0]),
                          Median(places[1]), style);
  }
  return script;
}

std::string Palette() {
  std::string palette;
  for (size_t i = 0; i < kClassColours.size(); ++i) {
    palette += fmt::format("{}{} '{}'", i > 0 ? ", " : "", i, kClassColours[i]);
  }
  return fmt::format("set palette defined ({})\nset cbrange [0:{}]\n", palette, kClassColours.size() - 1);
}

// An entry for each class, in columns. With more classes it would take the plot's place; the numbers in the
// plot tell those apart, and the classes whose colours repeat.
std::string Legend(const ClassColours& colours) {
  constexpr size_t kMostEntries = 100;
  std::string legend;
  if (colours.size() > kMostEntries) return legend;
  for (const auto& [label, colour] : colours) {
    legend +=
        fmt::format(", \\\n     keyentry with points pointtype 7 pointsize 1.2 linecolor '{}' title '{}'",
                    kClassColours[colour], label);
  }
  return legend;
}

}  // namespace

void WriteScatterPlot(const Figure& figure, const ScatterPlot& plot, std::span<const int32_t> classes) {
  CheckPoints(plot, classes.size());
  const ClassColours colours = ColoursOf(classes);
  const std::string setup = Palette() + "unset colorbox\nset key outside right top samplen 1 maxrows 25\n" +
                            ClassLabels(plot, classes);
  Write(figure, Script(plot, figure.name + ".csv", setup, Legend(colours)), Csv(plot, classes, colours));
}

void WriteScatterPlot(const Figure& figure, const ScatterPlot& plot, std::span<const float> values,
                      double high, const std::string& label) {
  CheckPoints(plot, values.size());
  const std::string colours = kValuePalette + fmt::format("set cbrange [0:{}]\nset cblabel {}\n",
                                                          high > 0 ? high : 1.0, GnuplotString(label));
  Write(figure, Script(plot, figure.name + ".csv", colours, ""), Csv(plot, values));
}

}  // namespace hourglass
