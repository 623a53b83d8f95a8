// Curves and bars by gnuplot, in colours safe for colour blindness (Okabe-Ito), with distinct dashes and
// points.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/report/figure.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

struct PlotSeries {
  std::string label;
  std::vector<double> x;
  std::vector<double> y;  // as many as x
  int style = -1;         // colour and point; -1: its index among the series
  bool dashed = false;
  bool points = false;  // mark about twelve points with symbols, or all if few
  bool line = true;     // false: only symbols, one per point; an x may occur several times
};

// A vertical dashed line with a text at its top.
struct PlotMark {
  double x = 0;
  std::string text;
};

struct LinePlot {
  std::string title;
  std::string x_label;  // with units: "epoch"
  std::string y_label;  // "MSE per pixel"
  std::vector<PlotSeries> series;
  std::vector<PlotMark> marks = {};
  bool log_x = false;
  bool log_y = false;
  std::optional<double> y_min = {}, y_max = {};  // default: from the data
  std::vector<std::string> x_categories = {};    // names of x = 0, 1, …, instead of numbers
};

// NaN leaves a gap. Throws a usage Error if a series has unequal numbers of x and y, or there is nothing to
// draw.
void WriteLinePlot(const Figure& figure, const LinePlot& plot);

struct BarPlot {
  std::string title;
  std::string y_label;
  std::vector<std::string> categories;
  struct Group {
    std::string label;
    std::vector<double> values;  // one per category
  };
  std::vector<Group> groups;  // stand side by side in each category
};

void WriteBarPlot(const Figure& figure, const BarPlot& plot);

// The beginning of every plot script.
std::string PlotPreamble(std::string_view title, std::string_view y_label);

}  // namespace hourglass
