// The silhouette, against its definition and by hand.
#include "hourglass/neighbours/silhouette.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "hourglass/neighbours/all_sizes.h"
#include "neighbours/plain_loops.h"
#include "support/usage_error.h"

namespace hourglass::test {
namespace {

// The mean over all points.
double PlainSilhouette(const Tensor& points, const std::vector<int32_t>& labels, Distance distance) {
  double sum = 0;
  for (int64_t i = 0; i < points.rows(); ++i) {
    std::map<int32_t, double> sums, counts;
    for (int64_t j = 0; j < points.rows(); ++j) {
      if (i == j) continue;
      const double plain = PlainDistance(points, i, points, j, distance);
      sums[labels[static_cast<size_t>(j)]] += distance == Distance::kL2 ? std::sqrt(plain) : plain;
      ++counts[labels[static_cast<size_t>(j)]];
    }
    const int32_t own = labels[static_cast<size_t>(i)];
    if (counts[own] == 0) continue;  // alone: 0
    const double a = sums[own] / counts[own];
    double b = INFINITY;
    for (const auto& [label, total] : sums) {
      if (label != own) b = std::min(b, total / counts[label]);
    }
    if (a > 0 || b > 0) sum += (b - a) / std::max(a, b);
  }
  return sum / static_cast<double>(points.rows());
}

std::vector<int32_t> CyclicLabels(int64_t n, int32_t classes) {
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < n; ++i) labels.push_back(static_cast<int32_t>(i % classes) * 5);
  return labels;
}

TEST(Silhouette, EqualsPlainLoops) {
  std::vector<int32_t> labels = CyclicLabels(70, 3);
  labels[4] = 99;  // alone in its class
  const Tensor free = NormalFloats(70, 3, 1), tied = NormalFloats(70, 2, 2, 0, 1),
               bytes = RandomBytes(70, 4, 3);
  for (const Tensor* points : {&free, &tied, &bytes}) {
    for (const Distance distance : {Distance::kL1, Distance::kL2}) {
      const auto score = Silhouette(*points, labels, distance, 2);
      ASSERT_TRUE(score.has_value());
      EXPECT_EQ(score->points, 70);
      EXPECT_NEAR(score->mean, PlainSilhouette(*points, labels, distance), 1e-12);
      EXPECT_EQ(score->mean, Silhouette(*points, labels, distance, 1)->mean);
    }
  }
}

// Points at 0, 1, 5, 7: a = 1, 1, 2, 2 and b = 6, 5, 4.5, 6.5.
TEST(Silhouette, ByHand) {
  const Tensor points = Floats(4, 1, [](int64_t p, int64_t) {
    return std::vector<float>{0, 1, 5, 7}[static_cast<size_t>(p)];
  });
  const std::vector<int32_t> labels = {3, 3, 8, 8};
  const double expected = (5 / 6.0 + 4 / 5.0 + 2.5 / 4.5 + 4.5 / 6.5) / 4;
  EXPECT_NEAR(Silhouette(points, labels, Distance::kL2, 1)->mean, expected, 1e-12);
  EXPECT_NEAR(Silhouette(points, labels, Distance::kL1, 1)->mean, expected, 1e-12);
}

TEST(Silhouette, OfSpecialCases) {
  const Tensor constant = Floats(6, 2, [](int64_t, int64_t) { return 1.0f; });
  EXPECT_EQ(Silhouette(constant, CyclicLabels(6, 2), Distance::kL2, 1)->mean, 0);
  const Tensor points = NormalFloats(6, 2, 4);
  EXPECT_FALSE(Silhouette(points, CyclicLabels(6, 1), Distance::kL2, 1).has_value()) << "a single class";
  EXPECT_EQ(Silhouette(points, CyclicLabels(6, 6), Distance::kL2, 1)->mean, 0) << "each alone";
  EXPECT_EQ(Silhouette(points.Rows(0, 2), CyclicLabels(2, 2), Distance::kL2, 1)->mean, 0);
}

// Wide points are compared within a sample: of 10,000 · √(16 / 10,000) = 400.
TEST(Silhouette, OfManyNumbersComesFromASample) {
  const Tensor points = RandomBytes(500, 10'000, 5);
  const std::vector<int32_t> labels = CyclicLabels(500, 2);
  const auto score = Silhouette(points, labels, Distance::kL1, 2);
  EXPECT_EQ(score->points, 400);
  const std::vector<uint32_t> sample = SampledPoints(500, 400);
  std::vector<int32_t> sampled;
  for (const uint32_t point : sample) sampled.push_back(labels[point]);
  const Tensor rows = GatherRows(points, std::vector<int64_t>(sample.begin(), sample.end()));
  EXPECT_EQ(score->mean, Silhouette(rows, sampled, Distance::kL1, 1)->mean);
}

TEST(Silhouette, NeedsOneLabelPerPoint) {
  const Tensor points = NormalFloats(6, 2, 6);
  ExpectUsageErrors(
      {{"number of labels", [&] { Silhouette(points, CyclicLabels(5, 2), Distance::kL2, 1); }}});
}

}  // namespace
}  // namespace hourglass::test
