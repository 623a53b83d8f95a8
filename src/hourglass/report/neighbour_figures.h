// The figures of a neighbourhood study: codes as points, neighbours in pixels and in the code, and kept
// neighbourhoods of every size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"
#include "hourglass/neighbours/new_scores.h"
#include "hourglass/neighbours/scores.h"
#include "hourglass/report/figure.h"

namespace hourglass {

// The codes of the training and of the held-out images of a data set, with their scores.
struct ScoredCode {
  std::string name;                         // "relu-mse", for file names
  std::string label;                        // "relu_mse", for legends
  Tensor codes;                             // f32 [n, d]
  std::vector<NeighbourhoodScores> scores;  // one per distance
  Tensor new_codes = {};                    // f32 [m, d]
  std::vector<NewScores> new_scores = {};   // one per distance: held-out among training images
  bool in_tables_only = false;              // no picture shows it
};

// Draws codes-<name>, the points coloured by label (if there are labels), and codes-<name>-kept, the points
// coloured by their scores in scores[distance], brightest from `high` on. Draws nothing unless codes have 2
// numbers.
std::vector<Figure> DrawCodes(const std::filesystem::path& folder, const ScoredCode& code, size_t distance,
                              double high, const Dataset& data);

// Draws nearest-<name>: the images `ids` of `data`, each with its 10 nearest in pixels and, below, its 10
// nearest in the code, both by `distance`. Lost and kept neighbours are marked.
Figure DrawNearest(const std::filesystem::path& folder, const ScoredCode& code, Distance distance,
                   const Dataset& data, std::span<const int64_t> ids);

// Draws nearest-<name>-new: held-out images, each with its 10 nearest training images in the same way.
Figure DrawNearestOfNew(const std::filesystem::path& folder, const ScoredCode& code, Distance distance,
                        const DataSplits& data, std::span<const int64_t> ids);

// plane-<name>: the decoded codes of a model with a code of two numbers, over those of `data`.
Figure DrawPlane(const std::filesystem::path& folder, const ScoredCode& code, Session& session,
                 const Dataset& data);

// qnx-<distance>: the share of kept neighbours against k, all codes in one plot but those in tables only.
Figure DrawQnx(const std::filesystem::path& folder, std::span<const ScoredCode> codes, size_t distance);

// rnx-<distance>: R_NX against all k, from the sampled points.
Figure DrawRnx(const std::filesystem::path& folder, std::span<const ScoredCode> codes, size_t distance);

// The 99th percentile of the scores of all codes: the bright end of their common colour scale.
double HighScore(std::span<const ScoredCode> codes, size_t distance);

}  // namespace hourglass
