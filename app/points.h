// Shared by the commands that take points of any kind: the images of a data set, or the rows of an npy file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "hourglass/core/tensor.h"
#include "hourglass/data/axis_order.h"
#include "hourglass/data/dataset.h"

namespace hourglass::app {

// The named points, with labels if there are any.
struct Points {
  std::string name;
  Tensor values;
  std::vector<int32_t> labels;
  DataSplits splits;  // owns the images that `values` is a view of
};

struct PointsSource {
  std::string data, data_dir, part = "train";
  AxisOrder axes = AxisOrder::kAuto;
};

bool IsNpy(const std::string& name);
// The images of one part of `splits`. Throws a usage Error if it has no such part.
Points PointsOf(DataSplits splits, const std::string& part);
// Opens data by name or path, or an npy file, whose rows have no labels.
Points OpenPoints(const Command& command, const PointsSource& source);

}  // namespace hourglass::app
