// Reads the claims of a recipe.
#pragma once

#include <string>
#include <vector>

#include "hourglass/core/toml_reader.h"
#include "hourglass/study/checks/check_reader.h"
#include "hourglass/study/claim.h"

namespace hourglass {

// Reads one [[claim]]; with `runs`, one Claim per run. `planned` holds the measures of the study; their
// values are ignored. Throws a usage Error with the line for an unknown key, test or measure.
std::vector<Claim> ReadClaim(const toml::table& table, const Measures& planned,
                             const std::vector<ClaimRun>& runs, const std::string& where);

}  // namespace hourglass
