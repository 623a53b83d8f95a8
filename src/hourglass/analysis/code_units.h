// Statistics of each code unit over a data set, and the dead units.
#pragma once

#include <cstdint>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"

namespace hourglass {

struct CodeUnit {
  float min = 0;
  float max = 0;
  double mean = 0;
  double active_share = 0;  // share of images for which the unit is not 0
};

struct CodeUnits {
  std::vector<CodeUnit> units;  // one per number in the code
  bool rectified = false;       // the code is the output of a ReLU
  std::vector<int64_t> dead;    // rectified units that are 0 for every image
};

// True if the code is the output of a ReLU, possibly followed by layers that only reshape or drop numbers.
bool HasRectifiedCode(const Model& model);

// Uses the first `limit` images of `data`; all if negative.
CodeUnits MeasureCodeUnits(Session& session, const Dataset& data, int64_t limit = -1);

}  // namespace hourglass
