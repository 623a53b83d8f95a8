// Shared by the commands that take points of any kind: the images of a data set, or the rows of an npy file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "hourglass/analysis/trained_model.h"
#include "hourglass/core/tensor.h"
#include "hourglass/data/dataset.h"

namespace hourglass::app {

// The named points, with labels if there are any.
struct Points {
  std::string name;
  Tensor values;
  std::vector<int32_t> labels;
  std::vector<std::string> class_names;  // by label; may be empty
  DataSplits splits;                     // owns the images that `values` is a view of
};

struct PointsSource : DataSource {
  std::string part = "train";
};

// Opens the data that a source names, without a model.
DataSplits OpenNamed(const DataSource& source);

bool IsNpy(const std::string& name);
// The images of one part of `splits`. Throws a usage Error if it has no such part.
Points PointsOf(DataSplits splits, const std::string& part);
// Opens data by name or path, or an npy file, whose rows have no labels.
Points OpenPoints(const Command& command, const PointsSource& source);

// Reads the labels of the points from an npy file; keeps those that they have if `path` is empty. Throws a
// data Error if there is not one for each point.
void ReadLabels(const std::filesystem::path& path, Points& points);
// Reads the codes of the points from an npy file. Throws a usage Error if there is not one for each point.
Tensor ReadCodes(const std::filesystem::path& path, const Points& points);
// Throws a usage Error that names both files unless the rows of `added` can be compared with those of
// `before`.
void RequireSameKind(const std::string& name, const Tensor& added, const std::string& before_name,
                     const Tensor& before);

}  // namespace hourglass::app
