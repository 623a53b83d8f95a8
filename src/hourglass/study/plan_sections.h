// The sections [search], [sweep], [robustness], [generate] and [neighbours] of a recipe.
#pragma once

#include <string>

#include "hourglass/core/toml_reader.h"
#include "hourglass/study/neighbour_probe.h"
#include "hourglass/study/probes.h"
#include "hourglass/tune/search_plan.h"
#include "hourglass/tune/sweep_plan.h"

namespace hourglass {

// All throw usage Errors that name `where` and the line, for what is unknown, of a wrong type or impossible.
SearchPlan ReadSearchPlan(const toml::table& section, const std::string& where);
SweepPlan ReadSweepPlan(const toml::table& section, const std::string& where);
// `runs` are the names of the recipe's runs. A grid is a key with the name of a corruption and the amounts as
// ParseAmounts takes them: gaussian = "0:1:0.1".
RobustnessPlan ReadRobustnessPlan(const toml::table& section, const std::vector<std::string>& runs,
                                  const std::string& where);
GenerationPlan ReadGenerationPlan(const toml::table& section, const std::vector<std::string>& runs,
                                  const std::string& where);
NeighboursPlan ReadNeighboursPlan(const toml::table& section, const std::vector<std::string>& runs,
                                  const std::string& where);

}  // namespace hourglass
