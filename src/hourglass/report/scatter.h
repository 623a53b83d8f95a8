// Many points in the plane, coloured by class or by value.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hourglass/core/tensor.h"
#include "hourglass/report/figure.h"

namespace hourglass {

struct ScatterPlot {
  std::string title;
  std::string x_label, y_label;
  const Tensor* points = nullptr;  // f32 [n, 2], drawn in this order
};

// Each point in the colour of its class, whose name (ClassLabels of `names`, by label) stands at the median
// of its points. Up to ten classes have a colour each and a legend, and names that would cover each other, or
// lie outside, are moved. Of more classes, up to 60 are named, the most frequent first, if their names do not
// cover each other, in ten colours in turn; the points of all others are grey.
void WriteScatterPlot(const Figure& figure, const ScatterPlot& plot, std::span<const int32_t> classes,
                      std::span<const std::string> names);

// That as a clause for a caption, such as "38 of 100 classes are named, the most frequent first; …".
std::string DescribeClasses(const ScatterPlot& plot, std::span<const int32_t> classes,
                            std::span<const std::string> names);

// Each point coloured by its value (one per point), from 0 (dark) to `high` and above (bright). `label` names
// the value.
void WriteScatterPlot(const Figure& figure, const ScatterPlot& plot, std::span<const float> values,
                      double high, const std::string& label);

}  // namespace hourglass
