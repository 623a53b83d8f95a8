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
  std::vector<int64_t> seeds;  // each value is trained once with each; empty: with the configuration's own
};

// Throws a usage Error that names `origin` unless the key can be varied (see CheckVariedKey; `seed` is what
// `seeds` are for), there is at least one value, each is one of the key's, and neither a value nor a seed is
// there twice. Writes the values as ConfigText does: 1e-3 and 0.001 are one.
void CheckSweepPlan(SweepPlan& plan, const std::string& origin);

}  // namespace hourglass
