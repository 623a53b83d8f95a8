// The figures of a neighbourhood study: the codes as points, one image's neighbours before and after, and
// what is kept of neighbourhoods of every size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/neighbours/scores.h"
#include "hourglass/report/figure.h"

namespace hourglass {

// A code of all images of a data set, with what it is measured to keep.
struct ScoredCode {
  std::string name;                         // "relu-mse", of files
  std::string label;                        // "relu_mse", of legends
  Tensor codes;                             // f32 [n, d]
  std::vector<NeighbourhoodScores> scores;  // one per distance
};

// codes-<name>: the points in the colours of their labels, when there are some; codes-<name>-kept: in the
// colours of their own scores by scores[distance], bright from `high` on. Nothing when codes have not 2
// numbers.
std::vector<Figure> DrawCodes(const std::filesystem::path& folder, const ScoredCode& code, size_t distance,
                              double high, const Dataset& data);

// nearest-<name>: the images `ids` of `data`, each with its 10 nearest in pixels and below with its 10
// nearest in the code, both by `distance`; marked are those that the code loses and those that it keeps.
Figure DrawNearest(const std::filesystem::path& folder, const ScoredCode& code, Distance distance,
                   const Dataset& data, std::span<const int64_t> ids);

// qnx-<distance>: the share of kept neighbours against k, all codes in one plot.
Figure DrawQnx(const std::filesystem::path& folder, std::span<const ScoredCode> codes, size_t distance);

// rnx-<distance>: R_NX against all k, from the sampled points.
Figure DrawRnx(const std::filesystem::path& folder, std::span<const ScoredCode> codes, size_t distance);

// A score that 99 of 100 points of all codes do not exceed: the bright end of a scale of colours for all.
double HighScore(std::span<const ScoredCode> codes, size_t distance);

}  // namespace hourglass
