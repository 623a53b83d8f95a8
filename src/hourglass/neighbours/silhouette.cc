#include "hourglass/neighbours/silhouette.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "hourglass/core/require.h"
#include "hourglass/neighbours/all_sizes.h"
#include "hourglass/neighbours/measures.h"
#include "hourglass/neighbours/neighbours.h"

namespace hourglass {
namespace {

constexpr int64_t kSilhouettePoints = 10'000;
constexpr int64_t kCheapNumbers = 16;  // per point, up to which all of these points are used

// The number of points whose squared number, times the numbers per point, is within the budget.
int64_t PointsWithinBudget(int64_t row_size) {
  const double share = static_cast<double>(kCheapNumbers) / static_cast<double>(row_size);
  return static_cast<int64_t>(kSilhouettePoints * std::sqrt(std::min(share, 1.0)));
}

// Classes numbered from 0 in the order of their labels.
struct Classes {
  explicit Classes(std::span<const int32_t> labels) {
    std::vector<int32_t> names(labels.begin(), labels.end());
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    sizes.resize(names.size(), 0);
    for (const int32_t label : labels) {
      of.push_back(static_cast<uint32_t>(std::ranges::lower_bound(names, label) - names.begin()));
      ++sizes[of.back()];
    }
  }

  std::vector<uint32_t> of;   // [n]
  std::vector<double> sizes;  // points of each class
};

// The silhouette of `point`, from the sum of its distances to each class.
double SilhouetteOf(size_t point, const Classes& classes, std::span<const double> sums) {
  const uint32_t own = classes.of[point];
  if (classes.sizes[own] == 1) return 0;
  const double a = sums[own] / (classes.sizes[own] - 1);
  double b = std::numeric_limits<double>::infinity();
  for (size_t c = 0; c < sums.size(); ++c) {
    if (c != own) b = std::min(b, sums[c] / classes.sizes[c]);
  }
  return a == 0 && b == 0 ? 0 : (b - a) / std::max(a, b);
}

// Of every point.
std::vector<double> Silhouettes(const Tensor& points, const Classes& classes, Distance distance,
                                int threads) {
  std::vector<double> silhouettes(static_cast<size_t>(points.rows()));
  WithDistance(points, distance, [&](const auto& between) {
#pragma omp parallel for schedule(dynamic, 16) num_threads(threads > 0 ? threads : omp_get_max_threads())
    for (size_t i = 0; i < silhouettes.size(); ++i) {
      std::vector<double> sums(classes.sizes.size(), 0);
      for (size_t j = 0; j < silhouettes.size(); ++j) {
        const double found = between(static_cast<int64_t>(i), static_cast<int64_t>(j));
        sums[classes.of[j]] += TrueDistance(found, distance);
      }
      silhouettes[i] = SilhouetteOf(i, classes, sums);
    }
  });
  return silhouettes;
}

}  // namespace

std::optional<SilhouetteScore> Silhouette(const Tensor& points, std::span<const int32_t> labels,
                                          Distance distance, int threads) {
  CheckPoints(points);
  RequireEqual("number of labels", std::ssize(labels), points.rows());
  const std::vector<uint32_t> sample = SampledPoints(points.rows(), PointsWithinBudget(points.row_size()));
  std::vector<int32_t> sampled;
  for (const uint32_t point : sample) sampled.push_back(labels[point]);
  const Classes classes(sampled);
  if (classes.sizes.size() < 2) return std::nullopt;
  const Tensor rows = GatherRows(points, std::vector<int64_t>(sample.begin(), sample.end()));
  return SilhouetteScore{rows.rows(), MeanOf(Silhouettes(rows, classes, distance, threads))};
}

}  // namespace hourglass
