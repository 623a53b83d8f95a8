#include "hourglass/neighbours/all_sizes.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/core/rng.h"
#include "hourglass/neighbours/detail/tile_metric.h"
#include "hourglass/neighbours/distance_order.h"
#include "hourglass/neighbours/measures.h"
#include "hourglass/neighbours/neighbours.h"

namespace hourglass {
namespace {

constexpr uint64_t kSeed = 0;
constexpr int64_t kCurveSizes = 60;
constexpr int64_t kTileColumns = 1024;  // of a tile

double Real(int64_t value) {
  return static_cast<double>(value);
}

// A pair's contribution to its point's area, by max(r, s) = 1 … n - 1. A point's area is linear in its share
// of kept neighbours, #{j : max(r, s) ≤ k} / k: Σ_k ((n - 1) · share - k) / (n - 1 - k) / k ÷ H, H = Σ 1/k.
// So a pair adds (n - 1) / ((n - 1 - k) k²) ÷ H for each k ≥ max(r, s); the subtracted term, Σ_k 1 / (n - 1 -
// k) ÷ H, is 1.
std::vector<double> AreaOfPairs(int64_t n) {
  double whole = 0;
  for (int64_t k = 1; k <= n - 2; ++k) whole += 1 / Real(k);
  std::vector<double> areas(static_cast<size_t>(n), 0);
  for (int64_t k = n - 2; k >= 1; --k) {
    const double at_k = Real(n - 1) / (Real(n - 1 - k) * Real(k) * Real(k)) / whole;
    areas[static_cast<size_t>(k)] = areas[static_cast<size_t>(k + 1)] + at_k;
  }
  return areas;
}

std::vector<int64_t> SpreadOverLog(int64_t last) {
  std::vector<int64_t> ks;
  for (int64_t i = 0; i < kCurveSizes; ++i) {
    const double exponent = Real(i) / Real(kCurveSizes - 1);
    const auto k = std::min(last, static_cast<int64_t>(std::llround(std::pow(Real(last), exponent))));
    if (ks.empty() || k > ks.back()) ks.push_back(k);
  }
  return ks;
}

// For byte points: distances from the sampled points to all points, kTileGrain sampled points at a time.
class ByteRows {
 public:
  ByteRows(const Tensor& points, std::span<const uint32_t> sample, Distance distance)
      : n_(points.rows()),
        queries_(GatherRows(points, std::vector<int64_t>(sample.begin(), sample.end()))),
        sides_(points, &queries_, distance),
        rows_(static_cast<size_t>(kTileGrain * n_)) {}

  // Computes them for the sampled points starting at `begin`, a multiple of kTileGrain.
  void Compute(int64_t begin, int threads) {
#pragma omp parallel num_threads(threads)
    {
      Tensor scratch(Shape{sides_.scratch_bytes()}, DType::kU8);
      std::vector<int32_t> tile(kTileGrain * kTileColumns);
#pragma omp for schedule(dynamic)
      for (int64_t column = 0; column < n_; column += kTileColumns) {
        const int64_t stride = std::min(kTileColumns, sides_.points().padded() - column);
        sides_.Keys(begin, kTileGrain, column, stride, scratch.data<uint8_t>(), tile.data());
        for (int64_t r = 0; r < kTileGrain; ++r) {
          std::copy_n(&tile[static_cast<size_t>(r * stride)], std::min(kTileColumns, n_ - column),
                      &rows_[static_cast<size_t>(r * n_ + column)]);
        }
      }
    }
  }

  std::span<const int32_t> Row(int64_t r) const {
    return std::span(rows_).subspan(static_cast<size_t>(r * n_), static_cast<size_t>(n_));
  }

 private:
  int64_t n_;
  Tensor queries_;
  PackedSides sides_;
  std::vector<int32_t> rows_;  // [kTileGrain, n]
};

// The memory of one thread.
class Worker {
 public:
  Worker(int64_t n, size_t codes, Distance distance)
      : distance_(distance),
        distances_(static_cast<size_t>(n)),
        ranks_(static_cast<size_t>(n)),
        counts_(codes, std::vector<int64_t>(static_cast<size_t>(n), 0)) {}

  // Stores the ranks r around `point`.
  void RankBytes(uint32_t point, std::span<const int32_t> distances) {
    KeepRanks(byte_order_.Sort(distances, point));
  }
  void RankFloats(uint32_t point, const Tensor& input) { KeepRanks(OrderOfFloats(point, input)); }

  // The area of `point`, whose ranks r were stored, in code number c; counts its max(r, s).
  double Measure(uint32_t point, size_t c, const Tensor& code, std::span<const double> area_of_pairs) {
    double area = -1;
    uint32_t s = 0;
    for (const uint32_t other : OrderOfFloats(point, code)) {
      const uint32_t k = std::max(ranks_[other], ++s);
      ++counts_[c][k];
      area += area_of_pairs[k];
    }
    return area;
  }

  // Number of pairs for each max(r, s).
  const std::vector<int64_t>& counts(size_t c) const { return counts_[c]; }

 private:
  std::span<const uint32_t> OrderOfFloats(uint32_t point, const Tensor& points) {
    WithDistance(points, distance_, [&](const auto& between) {
      for (size_t j = 0; j < distances_.size(); ++j) distances_[j] = between(point, static_cast<int64_t>(j));
    });
    return float_order_.Sort(distances_, point);
  }

  void KeepRanks(std::span<const uint32_t> order) {
    uint32_t r = 0;
    for (const uint32_t other : order) ranks_[other] = ++r;
  }

  Distance distance_;
  DistanceOrder<int32_t> byte_order_;
  DistanceOrder<double> float_order_;
  std::vector<double> distances_;             // [n]
  std::vector<uint32_t> ranks_;               // [n]
  std::vector<std::vector<int64_t>> counts_;  // [codes][n]
};

// Stores the mean of the points' individual areas [points], and its error.
void KeepArea(std::span<const double> areas, int64_t n, AllSizes& result) {
  const auto m = static_cast<int64_t>(areas.size());
  result.area = MeanOf(areas);
  double squares = 0;
  for (const double area : areas) squares += (area - result.area) * (area - result.area);
  const double variance = squares / Real(m - 1);
  result.standard_error = std::sqrt(variance / Real(m) * (1 - Real(m) / Real(n)));
}

void KeepCurve(std::span<const Worker> workers, size_t c, int64_t n, AllSizes& result) {
  result.ks = SpreadOverLog(n - 2);
  int64_t kept = 0, next = 1;
  for (const int64_t k : result.ks) {
    for (; next <= k; ++next) {
      for (const Worker& worker : workers) kept += worker.counts(c)[static_cast<size_t>(next)];
    }
    result.qnx.push_back(Real(kept) / (Real(result.points) * Real(k)));
  }
}

void Check(const Tensor& input, std::span<const Tensor* const> codes, int64_t points) {
  RequireAtLeast("number of points", input.rows(), 3);
  if (points < 2) {
    throw UsageError({.what = "an area estimate needs at least two points",
                      .expected = "at least 2 points",
                      .got = fmt::format("{}", points)});
  }
  CheckPoints(input);
  for (const Tensor* code : codes) {
    RequireEqual("number of points in the code", code->rows(), input.rows());
    RequireType("type of a code", code->dtype(), DType::kF32);
    CheckPoints(*code);
  }
}

}  // namespace

std::vector<uint32_t> SampledPoints(int64_t n, int64_t points) {
  const std::vector<int64_t> order = Permutation(Rng(kSeed, Stream::kPick), 0, n);
  std::vector<uint32_t> sample(order.begin(), order.begin() + std::min(points, n));
  std::ranges::sort(sample);
  return sample;
}

std::vector<AllSizes> MeasureAllSizes(const Tensor& input, std::span<const Tensor* const> codes,
                                      const AllSizesOptions& options) {
  Check(input, codes, options.points);
  const int64_t n = input.rows();
  const int threads = options.threads > 0 ? options.threads : omp_get_max_threads();
  const std::vector<uint32_t> sample = SampledPoints(n, options.points);
  const auto m = static_cast<int64_t>(sample.size());
  const std::vector<double> area_of_pairs = AreaOfPairs(n);
  std::optional<ByteRows> rows;
  if (input.dtype() == DType::kU8) rows.emplace(input, sample, options.distance);
  std::vector<Worker> workers(static_cast<size_t>(threads), Worker(n, codes.size(), options.distance));
  std::vector<std::vector<double>> areas(codes.size(), std::vector<double>(sample.size()));
  for (int64_t begin = 0; begin < m; begin += kTileGrain) {
    if (rows) rows->Compute(begin, threads);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (int64_t i = begin; i < std::min(begin + kTileGrain, m); ++i) {
      Worker& worker = workers[static_cast<size_t>(omp_get_thread_num())];
      const uint32_t point = sample[static_cast<size_t>(i)];
      if (rows) {
        worker.RankBytes(point, rows->Row(i - begin));
      } else {
        worker.RankFloats(point, input);
      }
      for (size_t c = 0; c < codes.size(); ++c) {
        areas[c][static_cast<size_t>(i)] = worker.Measure(point, c, *codes[c], area_of_pairs);
      }
    }
    if (options.progress) options.progress(Real(std::min(begin + kTileGrain, m)) / Real(m));
  }
  std::vector<AllSizes> results(codes.size());
  for (size_t c = 0; c < codes.size(); ++c) {
    results[c].points = m;
    KeepArea(areas[c], n, results[c]);
    KeepCurve(workers, c, n, results[c]);
  }
  return results;
}

}  // namespace hourglass
