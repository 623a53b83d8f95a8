// Measures how well a code keeps all distances, also those between far points, from sampled pairs and
// triplets.
//
// Distances are true ones: the root of the squares for L2.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hourglass/core/tensor.h"
#include "hourglass/neighbours/distance.h"

namespace hourglass {

struct PointPair {
  uint32_t from = 0, to = 0;

  friend bool operator==(const PointPair&, const PointPair&) = default;
};

// All pairs from < to of n points, in order, if there are at most `most`; else `most` independent draws, so a
// few may repeat. Always the same. Throws a usage Error unless n ≥ 2 and most ≥ 1.
std::vector<PointPair> SampledPairs(int64_t n, int64_t most);

// Five triplets around each of n points: entries 2t and 2t + 1 lead from one point to two different others,
// drawn independently. Always the same. Empty for n = 2; throws a usage Error for n < 2. Wang, Huang, Rudin
// and Shaposhnik, "Understanding how dimension reduction tools work" (PaCMAP), JMLR 22 (2021).
std::vector<PointPair> SampledTriplets(int64_t n);

// The distance of each pair; points u8 or f32 [n, …]. threads ≤ 0: OpenMP's default.
std::vector<double> DistancesOf(const Tensor& points, std::span<const PointPair> pairs, Distance distance,
                                int threads);

// The measures take distances x in the input and z in the code of the same pairs, at least one. They throw a
// usage Error if the numbers of x and z differ.

// √(Σ (x - a z)² / Σ x²), with the best scale a = Σ x z / Σ z²: Kruskal's raw stress, normalised, for codes
// of any scale. In [0, 1]; 0 is perfect, 1 if all z are 0. Nothing if all x are 0.
std::optional<double> Stress(std::span<const double> x, std::span<const double> z);

// The rank of each value, from 1; equal values share the mean of their ranks. Values are 0 or more.
std::vector<double> AverageRanks(std::span<const double> values);

// Pearson's correlation, in [-1, 1]; of AverageRanks, it is Spearman's. Nothing if all x or all z are equal.
std::optional<double> Correlation(std::span<const double> x, std::span<const double> z);

// The share of SampledTriplets whose two others are in the same order of distance in both: the first nearer,
// the second nearer, or both equally far. A tie in only one of the two counts as half. 0.5 by chance.
double TripletAccuracy(std::span<const double> x, std::span<const double> z);

struct DistanceScores {
  int64_t pairs = 0;
  std::optional<double> stress, spearman;
  int64_t triplets = 0;
  std::optional<double> triplet_accuracy;  // nothing for two points
};

// Measures each of `codes` (f32 [n, d]) against `input` (u8 or f32 [n, …]), n ≥ 2, by at most a million
// pairs. The result does not depend on threads. Throws a usage Error if a code has another number of points;
// also throws as CheckPoints does.
std::vector<DistanceScores> MeasureDistances(const Tensor& input, std::span<const Tensor* const> codes,
                                             Distance distance, int threads);

}  // namespace hourglass
