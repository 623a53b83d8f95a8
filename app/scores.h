// Prints how codes keep neighbourhoods.
#pragma once

#include <string>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/neighbours/new_scores.h"
#include "hourglass/neighbours/scores.h"

namespace hourglass::app {

// To stdout. `held_out`: the accuracy of held-out points, one for each k, or empty.
void PrintScores(const NeighbourhoodScores& scores, const std::vector<double>& held_out);

// To stdout.
void PrintNewScores(const NewScores& scores);

// The content of scores.json: one result per distance. `held_out` has a list for each.
Json ScoresJson(const std::string& points, const std::vector<NeighbourhoodScores>& scores,
                const std::vector<std::vector<double>>& held_out);

}  // namespace hourglass::app
