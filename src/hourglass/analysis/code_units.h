// What each number of the code does over a data set, and which units are dead.
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
  std::vector<CodeUnit> units;  // one for each number of the code
  bool rectified = false;       // the code comes out of a ReLU
  std::vector<int64_t> dead;    // rectified units that are 0 for every image
};

// Whether the code comes out of a ReLU, perhaps through layers that only shape or drop its numbers.
bool HasRectifiedCode(const Model& model);

// Over the first `limit` images of `data`, all when negative.
CodeUnits MeasureCodeUnits(Session& session, const Dataset& data, int64_t limit = -1);

}  // namespace hourglass
