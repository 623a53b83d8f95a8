#include "hourglass/tune/sweep_plan.h"

#include <fmt/format.h>

#include <set>

#include "hourglass/core/error.h"
#include "hourglass/tune/search_plan.h"

namespace hourglass {

void CheckSweepPlan(SweepPlan& plan, const std::string& origin) {
  const ConfigKey& key = CheckVariedKey(plan.key, origin);
  if (plan.key == "seed") {
    throw UsageError({.what = fmt::format("{}: a sweep cannot vary the seed as its key", origin),
                      .expected = "another key",
                      .hint = "for example",
                      .setting = "seeds = 0,1,2"});
  }
  if (plan.values.empty()) {
    throw UsageError({.what = fmt::format("{}: the sweep has no values", origin),
                      .expected = "at least one",
                      .setting = "values"});
  }
  const auto twice = [&](const std::string& what) {
    return UsageError({.what = fmt::format("{}: {} is given twice", origin, what)});
  };
  std::set<std::string> seen;
  for (std::string& value : plan.values) {
    ResolvedConfig scratch;
    SetConfigKey(scratch, plan.key, value, origin);
    value = ConfigText(scratch.values, key);
    if (!seen.insert(value).second) throw twice(fmt::format("the value {}", value));
  }
  seen.clear();
  for (const int64_t seed : plan.seeds) {
    ResolvedConfig scratch;
    SetConfigKey(scratch, "seed", fmt::format("{}", seed), origin);
    if (!seen.insert(fmt::format("{}", seed)).second) throw twice(fmt::format("the seed {}", seed));
  }
}

}  // namespace hourglass
