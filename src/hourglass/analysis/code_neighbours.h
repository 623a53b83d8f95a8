// Measures how well a model's codes preserve the neighbourhoods of its images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/neighbours/new_scores.h"
#include "hourglass/neighbours/scores.h"

namespace hourglass {

struct CodeNeighbourOptions {
  std::vector<Distance> distances = {Distance::kL1, Distance::kL2};
  int64_t k = 200;             // neighbours of each point: the length of the Q_NX curve
  ScoreOptions scores = {};    // ks at most k
  std::filesystem::path keep;  // folder that caches the neighbours of the inputs; empty: none
};

// The most neighbours of each of n points that can be compared: n - 2, and fewer than the maximum of a
// search.
int64_t MostComparedNeighbours(int64_t n);

// Throws a usage Error unless k neighbours of each of n points can be compared: k from 1 to that number.
void CheckNeighbours(int64_t n, int64_t k);

// Calls ScoreCodes with each distance, used for both input and codes. Returns [distance][code]. Throws the
// usage Errors of CheckNeighbours and ScoreCodes.
std::vector<std::vector<NeighbourhoodScores>> ScoreByDistances(const Tensor& input,
                                                               std::span<const Tensor* const> codes,
                                                               std::span<const int32_t> labels,
                                                               const CodeNeighbourOptions& options);

// Calls ScoreNewCodes with each distance, for held-out among training images. Takes codes f32 [N, d] of both
// parts of `data`, and the distances, sizes and threads of `options`. Returns [distance][code].
std::vector<std::vector<NewScores>> ScoreNewByDistances(const DataSplits& data,
                                                        std::span<const OldAndNewCodes> codes,
                                                        const CodeNeighbourOptions& options);

}  // namespace hourglass
