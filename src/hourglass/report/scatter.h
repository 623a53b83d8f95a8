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

// Each point in the colour of its class; ten colours are assigned in turn to the classes that occur. The
// number of a class stands at the median of its points. A legend lists up to 100 classes.
void WriteScatterPlot(const Figure& figure, const ScatterPlot& plot, std::span<const int32_t> classes);

// Each point coloured by its value (one per point), from 0 (dark) to `high` and above (bright). `label` names
// the value.
void WriteScatterPlot(const Figure& figure, const ScatterPlot& plot, std::span<const float> values,
                      double high, const std::string& label);

}  // namespace hourglass
