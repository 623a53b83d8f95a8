// The search space and trials of a random search: the [search] section of a recipe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/train/config.h"

namespace hourglass {

enum class SearchDraw { kChoice, kUniform, kLog, kInteger };
std::string_view Name(SearchDraw draw);

// One configuration key that a search varies.
struct SearchedKey {
  std::string key;
  SearchDraw draw = SearchDraw::kChoice;
  std::vector<std::string> choices = {};  // as flags give them, equally likely
  double low = 0, high = 0;               // the range, inclusive; integers are equally likely
};

struct SearchPlan {
  int64_t trials = 16;
  uint64_t seed = 0;
  std::vector<SearchedKey> space;  // sorted by name; numbers are drawn in this order
};

struct KeyValue {
  std::string key;
  std::string text;  // as a flag gives it
};

// Throws a usage Error that names `origin` unless the key can be varied this way. The key must exist and
// be one that ConfigKey::may_vary allows. It must have the right type (integer: whole numbers; uniform, log:
// numbers) and all values in its range; low < high, for log 0 < low; at least one choice, no duplicates.
void CheckSearchedKey(const SearchedKey& searched, const std::string& origin);

// The same checks for a key of a sweep or a search, regardless of its values.
const ConfigKey& CheckVariedKey(const std::string& key, const std::string& origin);

// The values of trial `trial` (from 0): a pure function of (plan.seed, trial) and the space. The same seed
// therefore gives the same trials, whatever their number. uniform: low + (high - low) · u; log: exp of the
// same over ln low, ln high; u in [0, 1). Numbers are rounded to four digits, so that tables show exactly the
// trained values. Throws a usage Error unless trial is between 0 and 2^40 - 1.
std::vector<KeyValue> DrawTrial(const SearchPlan& plan, int64_t trial);

}  // namespace hourglass
