// The runs of a sweep over one configuration key: the [sweep] section of a recipe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hourglass/train/config.h"

namespace hourglass {

struct SweepPlan {
  std::string key;
  std::vector<std::string> values;  // as flags give them
  std::vector<int64_t> seeds;       // each value is trained once per seed; empty: the configuration's seed
};

// Throws a usage Error that names `origin` unless the key can be varied (see CheckVariedKey; vary `seed` with
// `seeds`), there is at least one value, every value is valid for the key, and no value or seed is repeated.
// Rewrites the values as ConfigText does: 1e-3 and 0.001 are the same.
void CheckSweepPlan(SweepPlan& plan, const std::string& origin);

}  // namespace hourglass
