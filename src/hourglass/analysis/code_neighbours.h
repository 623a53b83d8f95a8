// Measures how well a model's codes preserve the neighbourhoods of its images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/neighbours/scores.h"

namespace hourglass {

struct CodeNeighbourOptions {
  std::vector<Distance> distances = {Distance::kL1, Distance::kL2};
  int64_t k = 200;             // neighbours of each point: the length of the Q_NX curve
  ScoreOptions scores = {};    // ks at most k
  std::filesystem::path keep;  // where the neighbours of the inputs are cached; empty: nowhere
};

// Throws a usage Error if k neighbours of each of n points cannot be compared: k must be in [1, n - 2] and
// below the maximum of a search.
void CheckNeighbours(int64_t n, int64_t k);

// ScoreCodes for each distance, with the same distance for input and codes: [distance][code]. Throws usage
// Errors as CheckNeighbours and ScoreCodes do.
std::vector<std::vector<NeighbourhoodScores>> ScoreByDistances(const Tensor& input,
                                                               std::span<const Tensor* const> codes,
                                                               std::span<const int32_t> labels,
                                                               const CodeNeighbourOptions& options);

// Share of held-out images whose label is the majority label of the k nearest training codes, for each of
// `ks`. Takes codes f32 [N, d] of both parts of `data`, which must have labels.
std::vector<double> HeldOutAccuracy(const Tensor& train_codes, const Tensor& held_out_codes,
                                    const DataSplits& data, Distance distance, std::span<const int64_t> ks,
                                    int threads);

}  // namespace hourglass
