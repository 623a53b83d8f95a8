#include "hourglass/neighbours/distance_scores.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <compare>

#include "hourglass/core/require.h"
#include "hourglass/core/rng.h"
#include "hourglass/neighbours/distance_order.h"
#include "hourglass/neighbours/measures.h"
#include "hourglass/neighbours/neighbours.h"

namespace hourglass {
namespace {

constexpr uint64_t kPairSeed = 0;
constexpr uint32_t kPairEpoch = 1, kTripletEpoch = 2;  // all_sizes.h draws from epoch 0
constexpr int64_t kMostPairs = 1'000'000;
constexpr int64_t kTripletsPerPoint = 5;

// A number below n other than `from`; draw 0 or 1 of `sample`.
uint32_t OtherPoint(const Rng& rng, uint32_t epoch, int64_t sample, uint32_t draw, int64_t n, uint32_t from) {
  const uint32_t other = rng.Below(static_cast<uint32_t>(n - 1), epoch, static_cast<uint64_t>(sample), draw);
  return other + (other >= from ? 1 : 0);
}

std::vector<PointPair> AllPairs(int64_t n) {
  std::vector<PointPair> pairs;
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t j = i + 1; j < n; ++j) pairs.push_back({i, j});
  }
  return pairs;
}

double SumOfProducts(std::span<const double> x, std::span<const double> z) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += x[i] * z[i];
  return sum;
}

void CheckDistances(std::span<const double> x, std::span<const double> z) {
  RequireAtLeast("number of distances", std::ssize(x), 1);
  RequireEqual("number of distances in the code", std::ssize(z), std::ssize(x));
}

std::vector<double> Centred(std::span<const double> values) {
  const double mean = MeanOf(values);
  std::vector<double> centred;
  for (const double value : values) centred.push_back(value - mean);
  return centred;
}

}  // namespace

std::vector<PointPair> SampledPairs(int64_t n, int64_t most) {
  RequireAtLeast("number of points", n, 2);
  RequireAtLeast("number of pairs", most, 1);
  if (n * (n - 1) / 2 <= most) return AllPairs(n);
  const Rng rng(kPairSeed, Stream::kPick);
  std::vector<PointPair> pairs(static_cast<size_t>(most));
  for (int64_t p = 0; p < most; ++p) {
    const uint32_t one = rng.Below(static_cast<uint32_t>(n), kPairEpoch, static_cast<uint64_t>(p), 0);
    const uint32_t other = OtherPoint(rng, kPairEpoch, p, 1, n, one);
    pairs[static_cast<size_t>(p)] = {std::min(one, other), std::max(one, other)};
  }
  return pairs;
}

std::vector<PointPair> SampledTriplets(int64_t n) {
  RequireAtLeast("number of points", n, 2);
  if (n == 2) return {};
  const Rng rng(kPairSeed, Stream::kPick);
  std::vector<PointPair> pairs;
  for (int64_t t = 0; t < n * kTripletsPerPoint; ++t) {
    const auto from = static_cast<uint32_t>(t / kTripletsPerPoint);
    // The second is drawn among n - 2: those after the first move up by one, then those after `from`.
    const uint32_t first =
        rng.Below(static_cast<uint32_t>(n - 1), kTripletEpoch, static_cast<uint64_t>(t), 0);
    const uint32_t second = OtherPoint(rng, kTripletEpoch, t, 1, n - 1, first);
    for (const uint32_t to : {first, second}) pairs.push_back({from, to + (to >= from ? 1 : 0)});
  }
  return pairs;
}

std::vector<double> DistancesOf(const Tensor& points, std::span<const PointPair> pairs, Distance distance,
                                int threads) {
  std::vector<double> distances(pairs.size());
  WithDistance(points, distance, [&](const auto& between) {
#pragma omp parallel for num_threads(threads > 0 ? threads : omp_get_max_threads())
    for (size_t i = 0; i < pairs.size(); ++i) {
      distances[i] = TrueDistance(between(pairs[i].from, pairs[i].to), distance);
    }
  });
  return distances;
}

std::optional<double> Stress(std::span<const double> x, std::span<const double> z) {
  CheckDistances(x, z);
  const double whole = SumOfProducts(x, x), squares = SumOfProducts(z, z);
  if (whole == 0) return std::nullopt;
  const double scale = squares > 0 ? SumOfProducts(x, z) / squares : 0;
  double rest = 0;
  for (size_t i = 0; i < x.size(); ++i) rest += (x[i] - scale * z[i]) * (x[i] - scale * z[i]);
  return std::sqrt(rest / whole);
}

std::vector<double> AverageRanks(std::span<const double> values) {
  DistanceOrder<double> sorter;
  const std::span<const uint32_t> order = sorter.Sort(values, static_cast<uint32_t>(values.size()));
  std::vector<double> ranks(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double mean = static_cast<double>(begin + 1 + end) / 2;  // of begin + 1 … end
    for (; begin < end; ++begin) ranks[order[begin]] = mean;
  }
  return ranks;
}

std::optional<double> Correlation(std::span<const double> x, std::span<const double> z) {
  CheckDistances(x, z);
  const std::vector<double> dx = Centred(x), dz = Centred(z);
  const double spread_x = SumOfProducts(dx, dx), spread_z = SumOfProducts(dz, dz);
  if (spread_x == 0 || spread_z == 0) return std::nullopt;
  return std::clamp(SumOfProducts(dx, dz) / (std::sqrt(spread_x) * std::sqrt(spread_z)), -1.0, 1.0);
}

double TripletAccuracy(std::span<const double> x, std::span<const double> z) {
  CheckDistances(x, z);
  RequireEqual("number of distances modulo 2", std::ssize(x) % 2, 0);
  int64_t halves = 0;
  for (size_t i = 0; i < x.size(); i += 2) {
    const std::partial_ordering in_input = x[i] <=> x[i + 1], in_code = z[i] <=> z[i + 1];
    if (in_input == in_code) {
      halves += 2;
    } else if (in_input == 0 || in_code == 0) {
      halves += 1;
    }
  }
  return static_cast<double>(halves) / static_cast<double>(x.size());
}

std::vector<DistanceScores> MeasureDistances(const Tensor& input, std::span<const Tensor* const> codes,
                                             Distance distance, int threads) {
  CheckPoints(input);
  const std::vector<PointPair> pairs = SampledPairs(input.rows(), kMostPairs);
  const std::vector<PointPair> triplets = SampledTriplets(input.rows());
  const std::vector<double> x = DistancesOf(input, pairs, distance, threads);
  const std::vector<double> x_ranks = AverageRanks(x);
  const std::vector<double> x_triplets = DistancesOf(input, triplets, distance, threads);
  std::vector<DistanceScores> all;
  for (const Tensor* code : codes) {
    RequireEqual("number of points in the code", code->rows(), input.rows());
    CheckPoints(*code);
    const std::vector<double> z = DistancesOf(*code, pairs, distance, threads);
    DistanceScores& scores = all.emplace_back();
    scores.pairs = std::ssize(pairs);
    scores.stress = Stress(x, z);
    scores.spearman = Correlation(x_ranks, AverageRanks(z));
    scores.triplets = std::ssize(triplets) / 2;
    if (triplets.empty()) continue;
    scores.triplet_accuracy = TripletAccuracy(x_triplets, DistancesOf(*code, triplets, distance, threads));
  }
  return all;
}

}  // namespace hourglass
