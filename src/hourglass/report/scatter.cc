#include "hourglass/report/scatter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/data/dataset.h"
#include "hourglass/report/class_labels.h"
#include "hourglass/report/detail/label_layout.h"
#include "hourglass/report/plots.h"

namespace hourglass {
namespace {

constexpr int kScatterWidth = 900, kScatterHeight = 760, kScatterFontSize = 16, kSmallFontSize = 12;
// About the graph itself: the rest is for axes and title, and for a legend.
constexpr double kWidthWithLegend = 730, kLegendLetter = 11.5, kGraphHeight = 0.8 * kScatterHeight;
constexpr size_t kMostNamed = 60, kMostCharacters = 16;

// Paul Tol, "Colour schemes", 2021: "muted", safe for colour blindness; its pale grey made darker.
constexpr std::array<const char*, 10> kClassColours = {"#332288", "#CC6677", "#88CCEE", "#DDCC77", "#117733",
                                                       "#882255", "#44AA99", "#AA4499", "#999933", "#AAAAAA"};
// For the points of classes without a name.
constexpr char kOthers[] = "#DDDDDD";
constexpr size_t kOtherColour = kClassColours.size();
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

struct NamedClass {
  int32_t label = 0;
  std::string name;
  float x = 0, y = 0;        // medians of its points
  double right = 0, up = 0;  // of the name from there, as shares of the graph
  size_t colour = 0;         // in kClassColours
};

struct DrawnClasses {
  int64_t classes = 0;            // that occur
  std::vector<NamedClass> named;  // by ascending label
  std::map<int32_t, size_t> colours;

  bool all_named() const { return std::ssize(named) == classes; }
  size_t ColourOf(int32_t label) const {
    const auto found = colours.find(label);
    return found == colours.end() ? kOtherColour : found->second;
  }
};

float Median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// About the room of a name in the plot.
class NameRoom {
 public:
  // With a legend of so many letters.
  NameRoom(const Tensor& points, int font_size, size_t legend)
      : font_size_(font_size), width_(kWidthWithLegend - kLegendLetter * static_cast<double>(legend)) {
    low_ = high_ = {points.data<float>()[0], points.data<float>()[1]};
    for (int64_t i = 0; i < points.size(); ++i) {
      const float value = points.data<float>()[i];
      low_[i % 2] = std::min(low_[i % 2], value);
      high_[i % 2] = std::max(high_[i % 2], value);
    }
  }

  TextBox Of(const NamedClass& one) const {
    return {.x = width_ * Share(one.x, 0),
            .y = kGraphHeight * Share(one.y, 1),
            .width = 0.65 * font_size_ * (static_cast<double>(Columns(one.name)) + 2),
            .height = 1.8 * font_size_};
  }

  // Moves the names into the graph and apart from each other, the first ones least. `boxes` has their room.
  void MoveApart(const std::vector<TextBox>& boxes, std::vector<NamedClass>& named) const {
    std::vector<TextBox> moved = boxes;
    hourglass::MoveApart(moved, width_, kGraphHeight);
    for (size_t i = 0; i < named.size(); ++i) {
      named[i].right = (moved[i].x - boxes[i].x) / width_;
      named[i].up = (moved[i].y - boxes[i].y) / kGraphHeight;
    }
  }

 private:
  // Of the range of the points; the middle if all are equal.
  double Share(float value, size_t axis) const {
    const double range = double{high_[axis]} - low_[axis];
    return range > 0 ? (double{value} - low_[axis]) / range : 0.5;
  }

  int font_size_;
  double width_;
  std::array<float, 2> low_, high_;
};

DrawnClasses ChooseNames(const Tensor& points, std::span<const int32_t> classes,
                         std::span<const std::string> names) {
  std::map<int32_t, std::array<std::vector<float>, 2>> of_class;
  const float* point = points.data<float>();
  for (size_t i = 0; i < classes.size(); ++i) {
    for (size_t axis = 0; axis < 2; ++axis) of_class[classes[i]][axis].push_back(point[2 * i + axis]);
  }
  const ClassLabels labels(names, kMostCharacters);
  std::vector<std::pair<size_t, NamedClass>> by_size;
  for (auto& [label, places] : of_class) {
    by_size.push_back(
        {places[0].size(),
         {.label = label, .name = labels(label), .x = Median(places[0]), .y = Median(places[1])}});
  }
  DrawnClasses drawn{.classes = std::ssize(by_size), .named = {}, .colours = {}};
  const bool all = by_size.size() <= kClassColours.size();
  std::ranges::stable_sort(by_size, std::greater<>(), &std::pair<size_t, NamedClass>::first);
  size_t legend = 0;
  for (const auto& [size, one] : by_size)
    legend = std::max(legend, all ? Columns(one.name) : kMostCharacters);
  const NameRoom room(points, all ? kScatterFontSize : kSmallFontSize, legend);
  std::vector<TextBox> taken;
  for (const auto& [size, one] : by_size) {
    if (drawn.named.size() == kMostNamed) break;
    const TextBox box = room.Of(one);
    const auto covers = [&box](const TextBox& other) { return Cover(box, other); };
    if (!all && std::ranges::any_of(taken, covers)) continue;
    drawn.named.push_back(one);
    taken.push_back(box);
  }
  if (all) room.MoveApart(taken, drawn.named);
  std::ranges::sort(drawn.named, {}, &NamedClass::label);
  for (size_t i = 0; i < drawn.named.size(); ++i) {
    drawn.named[i].colour = i % kClassColours.size();
    drawn.colours[drawn.named[i].label] = drawn.named[i].colour;
  }
  return drawn;
}

std::string Csv(const ScatterPlot& plot, std::span<const int32_t> classes, std::span<const std::string> names,
                const DrawnClasses& drawn) {
  std::string csv = "x,y,colour,class\n";
  std::map<int32_t, std::string> fields;  // what follows the coordinates of a point of each class
  for (const int32_t label : classes) fields.try_emplace(label);
  for (auto& [label, field] : fields)
    field = fmt::format("{},{}", drawn.ColourOf(label), CsvField(ShownClassName(names, label)));
  const float* point = plot.points->data<float>();
  for (const int32_t label : classes) {
    fmt::format_to(std::back_inserter(csv), "{:.5g},{:.5g},{}\n", point[0], point[1], fields.at(label));
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

// The names of the classes at the medians of their points. Many classes are small in the plot: there a name
// stands beside the median, because on top it would hide them.
std::string NameCommands(const DrawnClasses& drawn) {
  std::string script = "set style textbox opaque fillcolor '#ffffff' noborder margins 0.6,0.4\n";
  const std::string beside = fmt::format("left front font ',{}' offset 0.6,0.4", kSmallFontSize);
  for (const NamedClass& one : drawn.named) {
    const std::string style =
        drawn.all_named() ? fmt::format("center front boxed offset graph {:.4f},{:.4f}", one.right, one.up)
                          : beside;
    script += fmt::format("set label {} at {}, {} {}\n", GnuplotString(one.name), one.x, one.y, style);
  }
  return script;
}

std::string Palette() {
  std::string palette;
  for (size_t i = 0; i < kClassColours.size(); ++i) palette += fmt::format("{} '{}', ", i, kClassColours[i]);
  return fmt::format("set palette defined ({}{} '{}')\nset cbrange [0:{}]\n", palette, kOtherColour, kOthers,
                     kOtherColour);
}

std::string LegendEntry(const char* colour, const std::string& title) {
  return fmt::format(", \\\n     keyentry with points pointtype 7 pointsize 1.2 linecolor '{}' title {}",
                     colour, GnuplotString(title));
}

// Colours that repeat would explain nothing: then it only says what the grey points are.
std::string Legend(const DrawnClasses& drawn) {
  if (!drawn.all_named())
    return LegendEntry(kOthers, fmt::format("{} others", Grouped(drawn.classes - std::ssize(drawn.named))));
  std::string legend;
  for (const NamedClass& one : drawn.named) legend += LegendEntry(kClassColours[one.colour], one.name);
  return legend;
}

// Where all names stand, if all are shown.
std::string AllPlaces(const DrawnClasses& drawn) {
  const bool moved =
      std::ranges::any_of(drawn.named, [](const NamedClass& one) { return one.right != 0 || one.up != 0; });
  return moved ? "each label stands at the median of its points, or beside it where it would not fit"
               : "each label stands at the median of its points";
}

}  // namespace

void WriteScatterPlot(const Figure& figure, const ScatterPlot& plot, std::span<const int32_t> classes,
                      std::span<const std::string> names) {
  CheckPoints(plot, classes.size());
  const DrawnClasses drawn = ChooseNames(*plot.points, classes, names);
  const std::string setup =
      Palette() + "unset colorbox\nset key outside right top samplen 1\n" + NameCommands(drawn);
  Write(figure, Script(plot, figure.name + ".csv", setup, Legend(drawn)), Csv(plot, classes, names, drawn));
}

std::string DescribeClasses(const ScatterPlot& plot, std::span<const int32_t> classes,
                            std::span<const std::string> names) {
  CheckPoints(plot, classes.size());
  const DrawnClasses drawn = ChooseNames(*plot.points, classes, names);
  const std::string places = drawn.all_named() ? AllPlaces(drawn)
                                               : fmt::format(
                                                     "{} of {} labels stand at the medians of their points, "
                                                     "the most frequent ones that do not cover each "
                                                     "other; colours repeat, and all other points are grey",
                                                     drawn.named.size(), Grouped(drawn.classes));
  std::vector<int32_t> named;
  for (const NamedClass& one : drawn.named) named.push_back(one.label);
  const std::string unnamed = ClassLabels(names, kMostCharacters).Explain(named);
  return unnamed.empty() ? places : places + "; " + unnamed;
}

void WriteScatterPlot(const Figure& figure, const ScatterPlot& plot, std::span<const float> values,
                      double high, const std::string& label) {
  CheckPoints(plot, values.size());
  const std::string colours = kValuePalette + fmt::format("set cbrange [0:{}]\nset cblabel {}\n",
                                                          high > 0 ? high : 1.0, GnuplotString(label));
  Write(figure, Script(plot, figure.name + ".csv", colours, ""), Csv(plot, values));
}

}  // namespace hourglass
