#include "hourglass/report/plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/report/loss_plot.h"

namespace hourglass {
namespace {

constexpr int kPlotWidth = 900, kPlotHeight = 540, kPlotFontSize = 16;

// Okabe & Ito, "Color Universal Design", 2008, without yellow, which is invisible on white.
constexpr std::array<const char*, 7> kColours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                 "#E69F00", "#56B4E9", "#000000"};
constexpr std::array<const char*, 4> kDashes = {"'-'", "'_'", "'.'", "'-.'"};
constexpr std::array<int, 7> kPoints = {7, 5, 9, 13, 11, 6, 4};

std::string CsvNumber(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "NaN";
}

// Tick text, escaped: gnuplot reads it as a format string.
std::string TickString(std::string_view text) {
  std::string format;
  for (const char c : text) format += c == '%' ? std::string("%%") : std::string(1, c);
  return GnuplotString(format);
}

// One row for each x of any series, and one more for each repetition within a series; a series without that x
// leaves its field empty.
std::string LineData(const LinePlot& plot) {
  std::map<std::pair<double, int>, std::vector<std::string>> rows;
  std::string csv = CsvField(plot.x_label);
  for (size_t i = 0; i < plot.series.size(); ++i) {
    const PlotSeries& series = plot.series[i];
    csv += ',' + CsvField(series.label);
    std::map<double, int> times;
    for (size_t k = 0; k < series.x.size(); ++k) {
      auto& row = rows[{series.x[k], times[series.x[k]]++}];
      row.resize(plot.series.size());
      row[i] = CsvNumber(series.y[k]);
    }
  }
  csv += "\n";
  for (const auto& [place, fields] : rows) {
    csv += CsvNumber(place.first);
    for (const std::string& field : fields) csv += ',' + field;
    csv += "\n";
  }
  return csv;
}

void CheckLinePlot(const LinePlot& plot) {
  if (plot.series.empty() || plot.series.front().x.empty()) {
    throw UsageError({.what = fmt::format("nothing to draw in the plot \"{}\"", plot.title)});
  }
  for (const PlotSeries& series : plot.series) {
    if (series.x.size() == series.y.size()) continue;
    throw UsageError({.what = fmt::format("the series \"{}\" must have as many y as x", series.label),
                      .expected = fmt::format("{}", series.x.size()),
                      .got = fmt::format("{}", series.y.size())});
  }
}

std::string MarkCommands(const std::vector<PlotMark>& marks) {
  std::string script;
  for (const PlotMark& mark : marks) {
    script += fmt::format(
        "set arrow from first {0}, graph 0 to first {0}, graph 1 nohead dashtype 2 linewidth 1 linecolor "
        "'#777777' back\n"
        "set label {1} at first {0}, graph 0.985 rotate by 90 right offset character -1.1,0 textcolor "
        "'#555555'\n",
        mark.x, GnuplotString(mark.text));
  }
  return script;
}

// Ticks at 1, 2 and 5 times each power of ten: over many decades at the powers alone, over a small range at
// all multiples. The axis ends just outside the data: whole decades would leave most of a loss plot empty.
std::string LogAxis(char axis, double low, double high) {
  constexpr double kManyDecades = 3000, kSmall = 5;
  const std::vector<int> digits = high / low > kManyDecades ? std::vector{1}
                                  : high / low > kSmall     ? std::vector{1, 2, 5}
                                                            : std::vector{1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::string ticks;
  for (int exponent = static_cast<int>(std::floor(std::log10(low))); std::pow(10.0, exponent) <= high;
       ++exponent) {
    for (const int digit : digits) {
      ticks += fmt::format("{}{:.6g}", ticks.empty() ? "" : ", ", digit * std::pow(10.0, exponent));
    }
  }
  return fmt::format("set logscale {0}\nset {0}range [{1:.6g}:{2:.6g}]\nset {0}tics ({3})\n", axis, low / 1.1,
                     high * 1.1, ticks);
}

// LogAxis over the positive values of one member of all series; other values cannot be drawn.
std::string LogAxisOf(const LinePlot& plot, char axis, std::vector<double> PlotSeries::*values) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const PlotSeries& series : plot.series) {
    for (const double value : series.*values) {
      if (!std::isfinite(value) || value <= 0) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  return high > 0 ? LogAxis(axis, low, high) : fmt::format("set logscale {}\n", axis);
}

std::string CategoryAxis(const std::vector<std::string>& names) {
  std::string ticks;
  for (size_t i = 0; i < names.size(); ++i) {
    ticks += fmt::format("{}{} {}", i > 0 ? ", " : "", TickString(names[i]), i);
  }
  return fmt::format("set xrange [-0.5:{}.5]\nset xtics ({})\n", names.size() - 1, ticks);
}

// A line needs two points.
bool ShowsSymbolsAlone(const PlotSeries& series) {
  return !series.line || series.x.size() == 1;
}

// Ticks at whole numbers only, if x spans few of them (epochs); gnuplot would also set ticks between them.
std::string WholeTicks(const LinePlot& plot) {
  constexpr double kFew = 10;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const PlotSeries& series : plot.series) {
    for (const double x : series.x) {
      if (x != std::round(x)) return "";
      low = std::min(low, x);
      high = std::max(high, x);
    }
  }
  return high - low <= kFew ? "set xtics 1\n" : "";
}

// The symbols of the series that share a colour differ.
int PointOf(size_t style) {
  return kPoints[(style + style / kColours.size()) % kPoints.size()];
}

std::string SeriesCommand(const std::string& data, size_t column, const PlotSeries& series) {
  const size_t style = series.style >= 0 ? static_cast<size_t>(series.style) : column - 2;
  const std::string first = fmt::format("{} skip 1 using 1:{} with ", GnuplotFileName(data), column);
  if (ShowsSymbolsAlone(series)) {
    return first + fmt::format("points linecolor '{}' linewidth 1.5 pointtype {} pointsize 1.0 title {}",
                               kColours[style % kColours.size()], PointOf(style),
                               GnuplotString(series.label));
  }
  std::string points;
  if (series.points) {
    const size_t interval = std::max<size_t>(1, series.x.size() / 12);
    points = fmt::format(" pointtype {} pointsize 1.1 pointinterval {}", PointOf(style), interval);
  }
  return first + fmt::format("{} linecolor '{}' linewidth 2.5 dashtype {}{} title {}",
                             series.points ? "linespoints" : "lines", kColours[style % kColours.size()],
                             series.dashed ? kDashes[style % kDashes.size()] : "1", points,
                             GnuplotString(series.label));
}

// Number of key entries side by side, so that the widest stays within the picture in any font.
size_t KeyColumns(const std::vector<PlotSeries>& series) {
  constexpr size_t kLetter = 13, kSample = 80, kPicture = 860;  // in pixels of the SVG, generous
  size_t letters = 1;
  for (const PlotSeries& one : series) letters = std::max(letters, one.label.size());
  return std::max<size_t>(1, kPicture / (letters * kLetter + kSample));
}

// The key of many series makes the picture higher, not the plot lower.
int HeightWithKey(const std::vector<PlotSeries>& series) {
  constexpr size_t kRoomFor = 4;  // rows of the key in kPlotHeight
  constexpr int kKeyRow = 21;     // in pixels
  const size_t columns = KeyColumns(series), rows = (series.size() + columns - 1) / columns;
  return kPlotHeight + kKeyRow * static_cast<int>(std::max(rows, kRoomFor) - kRoomFor);
}

}  // namespace

std::string PlotPreamble(std::string_view title, std::string_view y_label) {
  return fmt::format(
      "set datafile separator comma\n"
      "set border 3 linecolor '#555555'\n"
      "set tics nomirror out textcolor '#333333'\n"
      "set grid ytics linecolor '#dddddd' linetype 1 linewidth 1\n"
      "set title {}\n"
      "set ylabel {}\n",
      GnuplotString(title), GnuplotString(y_label));
}

void WriteLinePlot(const Figure& figure, const LinePlot& plot) {
  CheckLinePlot(plot);
  const std::string data = figure.name + ".csv";
  std::string script = PlotPreamble(plot.title, plot.y_label);
  script += fmt::format(
      "set xlabel {} offset 0,0.5\nset key bmargin center horizontal maxcols {} samplen 3 height 1\n",
      GnuplotString(plot.x_label), KeyColumns(plot.series));
  if (plot.log_x) script += LogAxisOf(plot, 'x', &PlotSeries::x);
  if (plot.log_y) script += LogAxisOf(plot, 'y', &PlotSeries::y);
  if (!plot.x_categories.empty()) script += CategoryAxis(plot.x_categories);
  if (!plot.log_x && plot.x_categories.empty()) script += WholeTicks(plot);
  const bool symbols = std::ranges::any_of(plot.series, ShowsSymbolsAlone);
  // Just enough room to keep symbols off the axes.
  if (symbols) script += "set autoscale xfix\nset offsets graph 0.03, graph 0.03, graph 0.05, graph 0.05\n";
  const auto bound = [](const std::optional<double>& y) { return y ? fmt::format("{}", *y) : "*"; };
  if (plot.y_min || plot.y_max)
    script += fmt::format("set yrange [{}:{}]\n", bound(plot.y_min), bound(plot.y_max));
  script += MarkCommands(plot.marks) + "plot ";
  for (size_t i = 0; i < plot.series.size(); ++i) {
    script += (i > 0 ? ", \\\n     " : "") + SeriesCommand(data, i + 2, plot.series[i]);
  }
  WriteFigure(figure, {.script = script + "\n",
                       .width = kPlotWidth,
                       .height = HeightWithKey(plot.series),
                       .font_size = kPlotFontSize,
                       .png_scale = 2,
                       .data_name = data,
                       .data = LineData(plot)});
}

namespace {

// So many that the highest bar's number has three digits: the numbers of low bars are no longer than that.
int DecimalsFor(const BarPlot& plot) {
  double highest = 0;
  for (const BarPlot::Group& group : plot.groups) {
    for (const double value : group.values) highest = std::fmax(highest, value);
  }
  return highest > 0 ? std::clamp(2 - static_cast<int>(std::floor(std::log10(highest))), 0, 9) : 0;
}

}  // namespace

void WriteBarPlot(const Figure& figure, const BarPlot& plot) {
  const std::string data = figure.name + ".csv";
  std::string csv = "category";
  for (const BarPlot::Group& group : plot.groups) {
    if (group.values.size() != plot.categories.size() || group.values.empty()) {
      throw UsageError({.what = fmt::format("the bars \"{}\" do not fit the categories", group.label),
                        .expected = fmt::format("{} values, at least 1", plot.categories.size()),
                        .got = fmt::format("{}", group.values.size())});
    }
    csv += ',' + CsvField(group.label);
  }
  // More names or numbers would overlap.
  constexpr size_t kMostNames = 22;
  const size_t bars = plot.categories.size() * plot.groups.size();
  const size_t tick_step = (plot.categories.size() + kMostNames - 1) / kMostNames;
  std::string ticks;
  std::ptrdiff_t lines = 1;  // of the tallest category
  for (size_t i = 0; i < plot.categories.size(); ++i) {
    lines = std::max(lines, 1 + std::ranges::count(plot.categories[i], '\n'));
    csv += '\n' + CsvField(plot.categories[i]);
    for (const BarPlot::Group& group : plot.groups) csv += ',' + CsvNumber(group.values[i]);
    if (i % tick_step == 0)
      ticks += fmt::format("{}{} {}", i > 0 ? ", " : "", TickString(plot.categories[i]), i);
  }
  const double width = 0.75 / static_cast<double>(plot.groups.size());
  std::string script = PlotPreamble(plot.title, plot.y_label);
  script += fmt::format(
      "set boxwidth {}\nset style fill solid 1.0\nset xtics ({}) scale 0\nset xrange [-0.6:{}]\nset yrange "
      "[0:*]\n"
      "set offsets 0, 0, graph 0.08, 0\nset bmargin {}\nset key {}\nplot ",
      width * 0.94, ticks, static_cast<double>(plot.categories.size()) - 0.4,
      static_cast<int>(lines) + (plot.groups.size() > 1 ? 3 : 1),
      plot.groups.size() > 1 ? "bmargin center horizontal" : "off");
  const int decimals = DecimalsFor(plot);
  for (size_t i = 0; i < plot.groups.size(); ++i) {
    const double offset = width * (static_cast<double>(i) - static_cast<double>(plot.groups.size() - 1) / 2);
    script += fmt::format("{0}{1} skip 1 using ($0+({2})):{3} with boxes linecolor '{4}' title {5}",
                          i > 0 ? ", \\\n     " : "", GnuplotFileName(data), offset, i + 2,
                          kColours[i % kColours.size()], GnuplotString(plot.groups[i].label));
    if (bars > kMostNames) continue;
    script += fmt::format(
        ", \\\n     '' skip 1 using ($0+({0})):{1}:(sprintf('%.{2}f', ${1})) with labels offset 0,0.7 "
        "notitle",
        offset, i + 2, decimals);
  }
  WriteFigure(figure, {.script = script + "\n",
                       .width = kPlotWidth,
                       .height = kPlotHeight,
                       .font_size = kPlotFontSize,
                       .png_scale = 2,
                       .data_name = data,
                       .data = csv + "\n"});
}

}  // namespace hourglass
