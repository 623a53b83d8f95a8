// Statistics of each code unit over a data set, and the dead units.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"

namespace hourglass {

struct CodeUnit {
  float min = 0;
  float max = 0;
  double mean = 0;
  double active_share = 0;  // share of images for which the unit is not 0
  double variance = 0;      // over the images
  // With a gaussian bottleneck: mean of KL(N(mean, variance) ‖ N(0, 1)), in nats. Min, max, mean and variance
  // are those of the images' means.
  std::optional<double> divergence = {};

  // Whether the code of an image says something in this number. With a gaussian bottleneck: whether the
  // images' means have a variance above 0.01 (Burda et al., "Importance weighted autoencoders", ICLR 2016).
  bool used() const { return divergence ? variance > 0.01 : max > min; }
  // Whether it is the same for every image.
  bool constant() const { return !(max > min); }
  // How much it says about an image.
  double weight() const { return divergence.value_or(variance); }
};

struct CodeUnits {
  std::vector<CodeUnit> units;  // one per number in the code
  bool rectified = false;       // the code is the output of a ReLU that is not leaky
  std::vector<int64_t> dead;    // rectified units that are 0 for every image

  bool gaussian() const { return !units.empty() && units.front().divergence.has_value(); }
  int64_t used() const { return std::ranges::count_if(units, &CodeUnit::used); }
};

// True if the code is the output of a ReLU, possibly followed by layers that only reshape or drop numbers. A
// leaky ReLU is none: its codes can be below 0, and its gradient never vanishes, so no unit stays dead.
bool HasRectifiedCode(const Model& model);

// Uses the first `limit` images of `data`; all if negative.
CodeUnits MeasureCodeUnits(Session& session, const Dataset& data, int64_t limit = -1);

}  // namespace hourglass
