// Prints how codes keep neighbourhoods.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/points.h"
#include "hourglass/analysis/code_neighbours.h"
#include "hourglass/core/json.h"
#include "hourglass/neighbours/new_scores.h"
#include "hourglass/neighbours/scores.h"

namespace hourglass::app {

// The default sizes of neighbourhoods up to `most`, or the largest possible if all are larger.
std::vector<int64_t> DefaultSizes(int64_t most);
// The scores of one code of the points, for each distance in `options`.
std::vector<NeighbourhoodScores> ScoresOf(const Points& points, const Tensor& codes,
                                          const CodeNeighbourOptions& options);

// To stdout. `class_names` are those of the labels, which are shown as numbers without.
void PrintScores(const NeighbourhoodScores& scores, std::span<const std::string> class_names);

// To stdout.
void PrintNewScores(const NewScores& scores, std::string_view points = "new",
                    std::string_view others = "old ones");

// The content of scores.json: one result per distance, and one for new points, if there are any.
Json ScoresJson(const Points& points, const std::vector<NeighbourhoodScores>& scores,
                const std::vector<NewScores>& new_scores = {});

}  // namespace hourglass::app
