// What a model's codes keep of the neighbourhoods of its images.
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
  ScoreOptions scores = {};    // ks up to k
  std::filesystem::path keep;  // where the neighbours of the inputs stay for the next time; nowhere if empty
};

// Throws a usage Error when k neighbours of each of n points cannot be compared: k must be in [1, n - 2] and
// below what a search takes at most.
void CheckNeighbours(int64_t n, int64_t k);

// ScoreCodes by each of the distances, the same distance for input and codes: [distance][code]. Throws a
// usage Error as CheckNeighbours and ScoreCodes do.
std::vector<std::vector<NeighbourhoodScores>> ScoreByDistances(const Tensor& input,
                                                               std::span<const Tensor* const> codes,
                                                               std::span<const int32_t> labels,
                                                               const CodeNeighbourOptions& options);

// The share of the held-out images whose label most of the k nearest training codes carry, for each of `ks`.
// Codes f32 [N, d] of both parts of `data`, which must have labels.
std::vector<double> HeldOutAccuracy(const Tensor& train_codes, const Tensor& held_out_codes,
                                    const DataSplits& data, Distance distance, std::span<const int64_t> ks,
                                    int threads);

}  // namespace hourglass
