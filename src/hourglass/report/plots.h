// Curves and bars by gnuplot: colours for every eye (Okabe-Ito), told apart by dashes and points too.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/report/figure.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

struct Series {
  std::string label;
  std::vector<double> x;
  std::vector<double> y;  // as many as x
  int style = -1;         // colour and point; -1: the place among the series
  bool dashed = false;
  bool points = false;  // mark about twelve points with symbols, all when there are few
  bool line = true;     // false: symbols alone, one for every point; an x may occur several times
};

// A vertical dashed line with a text at its head.
struct Mark {
  double x = 0;
  std::string text;
};

struct LinePlot {
  std::string title;
  std::string x_label;  // with units: "epoch"
  std::string y_label;  // "MSE per pixel"
  std::vector<Series> series;
  std::vector<Mark> marks = {};
  bool log_x = false;
  bool log_y = false;
  std::optional<double> y_min = {}, y_max = {};  // else the data decides
  std::vector<std::string> x_categories = {};    // names of x = 0, 1, …, in place of numbers
};

// Not-a-number values leave a gap. Throws a usage Error when a series has not as many y as x, or nothing is
// there to draw.
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

// What the script of every plot begins with.
std::string PlotPreamble(std::string_view title, std::string_view y_label);

}  // namespace hourglass
