// The sections [search], [sweep], [robustness], [generate] and [neighbours] of a recipe.
#pragma once

#include <string>

#include "hourglass/core/toml_reader.h"
#include "hourglass/study/neighbour_probe.h"
#include "hourglass/study/probes.h"
#include "hourglass/tune/search_plan.h"
#include "hourglass/tune/sweep_plan.h"

namespace hourglass {

// All throw usage Errors with `where` and the line for unknown keys, wrong types and impossible values.
SearchPlan ReadSearchPlan(const toml::table& section, const std::string& where);
SweepPlan ReadSweepPlan(const toml::table& section, const std::string& where);
// `runs`: names of the recipe's runs. A grid is a key named after a corruption, with amounts as for
// ParseAmounts: gaussian = "0:1:0.1".
RobustnessPlan ReadRobustnessPlan(const toml::table& section, const std::vector<std::string>& runs,
                                  const std::string& where);
GenerationPlan ReadGenerationPlan(const toml::table& section, const std::vector<std::string>& runs,
                                  const std::string& where);
NeighboursPlan ReadNeighboursPlan(const toml::table& section, const std::vector<std::string>& runs,
                                  const std::string& where);

}  // namespace hourglass
