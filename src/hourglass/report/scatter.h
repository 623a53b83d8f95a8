// Many points in the plane, each in the colour of its class or of a value.
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
  const Tensor* points = nullptr;  // f32 [n, 2], drawn in their order
};

// Each point in the colour of its class; there are ten colours, given in turn to the classes that occur. The
// number of a class stands at the median of its points.
void WriteScatterPlot(const Figure& figure, const ScatterPlot& plot, std::span<const int32_t> classes);

// Each point in the colour of its value, one a point, from 0, dark, to `high`, bright, and beyond. `label`
// says what it is.
void WriteScatterPlot(const Figure& figure, const ScatterPlot& plot, std::span<const float> values,
                      double high, const std::string& label);

}  // namespace hourglass
