// Q_NX and its area over all sizes, compared with whole rank matrices.
#include "hourglass/neighbours/all_sizes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "hourglass/core/error.h"
#include "hourglass/neighbours/distance_order.h"
#include "hourglass/neighbours/measures.h"
#include "neighbours/plain_loops.h"

namespace hourglass::test {
namespace {

using ::testing::ElementsAre;

// Q of each point [points][n - 1], by its definition.
std::vector<std::vector<double>> CurvesOfPoints(const Tensor& input, const Tensor& code, Distance distance,
                                                const std::vector<uint32_t>& points) {
  const int64_t n = input.rows();
  std::vector<std::vector<double>> curves;
  for (const uint32_t i : points) {
    const auto r = PlainOrder(input, input, i, i, distance), s = PlainOrder(code, code, i, i, distance);
    curves.emplace_back();
    std::vector<int> lists_with(static_cast<size_t>(n), 0);
    int both = 0;
    for (size_t k = 1; k <= r.size(); ++k) {
      both += ++lists_with[r[k - 1].second] == 2;
      both += ++lists_with[s[k - 1].second] == 2;
      curves.back().push_back(static_cast<double>(both) / static_cast<double>(k));
    }
  }
  return curves;
}

void ExpectDefinitions(const Tensor& input, const Tensor& code, int64_t count) {
  const int64_t n = input.rows();
  const std::vector<uint32_t> points = SampledPoints(n, count);
  for (const Distance distance : {Distance::kL1, Distance::kL2}) {
    const Tensor* codes[] = {&code, &code};
    const auto results =
        MeasureAllSizes(input, codes, {.distance = distance, .points = count, .threads = 2, .progress = {}});
    ASSERT_EQ(results.size(), 2U);
    const auto curves = CurvesOfPoints(input, code, distance, points);
    std::vector<double> curve(curves[0].size(), 0), areas;
    for (const std::vector<double>& one : curves) {
      for (size_t k = 0; k < curve.size(); ++k) curve[k] += one[k] / static_cast<double>(curves.size());
      areas.push_back(AreaOverLogK(one, n));
    }
    double squares = 0;
    for (const double area : areas) squares += (area - MeanOf(areas)) * (area - MeanOf(areas));
    const auto m = static_cast<double>(points.size());
    for (const AllSizes& result : results) {
      EXPECT_EQ(result.points, std::min(count, n));
      EXPECT_NEAR(result.area, AreaOverLogK(curve, n), 1e-12);
      EXPECT_NEAR(result.standard_error, std::sqrt(squares / (m - 1) / m * (1 - m / static_cast<double>(n))),
                  1e-12);
      ASSERT_EQ(result.ks.size(), result.qnx.size());
      EXPECT_EQ(result.ks.front(), 1);
      EXPECT_EQ(result.ks.back(), n - 2);
      for (size_t i = 0; i < result.ks.size(); ++i) {
        EXPECT_NEAR(result.qnx[i], curve[static_cast<size_t>(result.ks[i] - 1)], 1e-12) << result.ks[i];
      }
    }
  }
}

TEST(AllSizes, AreTheirDefinitions) {
  ExpectDefinitions(RandomBytes(150, 9, 1), NormalFloats(150, 2, 2), 150);
  ExpectDefinitions(RandomBytes(150, 9, 3), NormalFloats(150, 2, 4), 70);  // more than one block of rows
  ExpectDefinitions(NormalFloats(90, 20, 5), NormalFloats(90, 3, 6), 1000);
  ExpectDefinitions(RandomBytes(3, 2, 7), NormalFloats(3, 1, 8), 1000);
}

TEST(AllSizes, OfTies) {
  ExpectDefinitions(RandomBytes(120, 4, 1, 2), NormalFloats(120, 2, 2, 0, 1), 120);
  ExpectDefinitions(RandomBytes(80, 4, 3), Floats(80, 2, [](int64_t, int64_t) { return 0.5f; }), 30);
}

TEST(AllSizes, OfAPerfectCode) {
  const Tensor points = NormalFloats(1100, 2, 1);
  const Tensor* codes[] = {&points};
  const AllSizes result = MeasureAllSizes(points, codes, {.points = 100}).front();
  EXPECT_DOUBLE_EQ(result.area, 1);
  EXPECT_NEAR(result.standard_error, 0, 1e-12);
  EXPECT_EQ(result.qnx.back(), 1);
}

TEST(AllSizes, ASampleIsNearTheWhole) {
  const Tensor input = NormalFloats(1500, 3, 1);
  Tensor code(Shape{1500, 2});
  for (int64_t i = 0; i < code.size(); ++i) {
    code.data<float>()[i] = input.data<float>()[i / 2 * 3 + i % 2];
  }
  const Tensor* codes[] = {&code};
  const AllSizes whole = MeasureAllSizes(input, codes, {.points = 1500}).front();
  const AllSizes part = MeasureAllSizes(input, codes, {.points = 200}).front();
  EXPECT_EQ(whole.standard_error, 0);
  EXPECT_GT(part.standard_error, 0);
  EXPECT_NEAR(part.area, whole.area, 4 * part.standard_error);
  EXPECT_NEAR(part.area, whole.area, 0.05);
}

TEST(AllSizes, DoNotDependOnThreads) {
  const Tensor input = RandomBytes(300, 5, 1), code = NormalFloats(300, 2, 2);
  const Tensor* codes[] = {&code};
  const auto measure = [&](int threads) {
    return MeasureAllSizes(input, codes, {.points = 150, .threads = threads}).front();
  };
  EXPECT_EQ(measure(1).area, measure(3).area);
  EXPECT_EQ(measure(1).standard_error, measure(3).standard_error);
  EXPECT_EQ(measure(1).qnx, measure(3).qnx);
}

TEST(AllSizes, SampledPointsAreDifferent) {
  const std::vector<uint32_t> sample = SampledPoints(100'000, 1000);
  EXPECT_EQ(sample.size(), 1000U);
  EXPECT_EQ(std::ranges::adjacent_find(sample, std::ranges::greater_equal()), sample.end());
  EXPECT_EQ(sample, SampledPoints(100'000, 1000));
  EXPECT_THAT(SampledPoints(3, 1000), ElementsAre(0, 1, 2));
  EXPECT_NEAR(std::accumulate(sample.begin(), sample.end(), 0.0) / 1000, 50'000, 5'000);
}

TEST(AllSizes, RefuseASinglePoint) {
  const Tensor points = NormalFloats(10, 2, 1);
  const Tensor* codes[] = {&points};
  EXPECT_THROW(MeasureAllSizes(points, codes, {.points = 1}), Error);
}

// Differences far smaller than a float can distinguish, beyond its range, and zero.
TEST(DistanceOrder, SortsAllDoubles) {
  DistanceOrder<double> order;
  EXPECT_THAT(order.Sort(std::vector<double>{1, 1 + 1e-15, 0, 1e-300, 1e300, 2e299, 1, 7}, 7),
              ElementsAre(2, 3, 0, 6, 1, 5, 4));
  EXPECT_THAT(order.Sort(std::vector<double>{1 + 1e-15, 1, 1}, 2), ElementsAre(1, 0));
}

TEST(DistanceOrder, SortsAllBits) {
  DistanceOrder<int32_t> order;
  std::vector<int32_t> distances = {INT32_MAX, 5, 0, 1 << 22, 1 << 11, 5, 2047, (1 << 22) + 1};
  EXPECT_THAT(order.Sort(distances, 2), ElementsAre(1, 5, 6, 4, 3, 7, 0));
  EXPECT_THAT(order.Sort(distances, 1), ElementsAre(2, 5, 6, 4, 3, 7, 0));
}

}  // namespace
}  // namespace hourglass::test
