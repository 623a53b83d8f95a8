// Reads the claims of a recipe.
#pragma once

#include <string>
#include <vector>

#include "hourglass/core/toml_reader.h"
#include "hourglass/study/checks/check_reader.h"
#include "hourglass/study/claim.h"

namespace hourglass {

// Reads one [[claim]]; several Claims when it has `runs`, one per run. `planned` holds what the study will
// measure; values do not matter. Throws a usage Error with the line for an unknown key, test or measure.
std::vector<Claim> ReadClaim(const toml::table& table, const Measures& planned,
                             const std::vector<ClaimRun>& runs, const std::string& where);

}  // namespace hourglass
