// Compares the measures with definitions in plain loops over whole rank matrices, and with scikit-learn.
#include "hourglass/neighbours/measures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/core/json.h"
#include "hourglass/neighbours/all_sizes.h"
#include "hourglass/neighbours/nearest_label.h"
#include "hourglass/neighbours/ranks.h"
#include "hourglass/neighbours/ties.h"
#include "neighbours/plain_loops.h"
#include "support/usage_error.h"

namespace hourglass::test {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

// All ranks of all pairs; [i][i] is 0.
std::vector<std::vector<int64_t>> RankMatrix(const Tensor& points, Distance distance) {
  std::vector<std::vector<int64_t>> ranks;
  for (int64_t i = 0; i < points.rows(); ++i) {
    ranks.emplace_back(static_cast<size_t>(points.rows()), 0);
    int64_t rank = 0;
    for (const auto& [unused, index] : PlainOrder(points, points, i, i, distance))
      ranks.back()[index] = ++rank;
  }
  return ranks;
}

// Points and codes, with everything that the measures are computed from, fast and plain.
struct Spaces {
  Spaces(const Tensor& points, const Tensor& codes, Distance distance, int64_t k)
      : n(points.rows()),
        input(NearestNeighbours(points, {.distance = distance, .k = k})),
        code(NearestNeighbours(codes, {.distance = distance, .k = k})),
        code_in_input(RanksOf(points, code.indices, {.distance = distance})),
        input_in_code(RanksOf(codes, input.indices, {.distance = distance})),
        r(RankMatrix(points, distance)),
        s(RankMatrix(codes, distance)) {}

  RankedLists trust() const { return {.n = n, .k = code.k, .ranks = code_in_input}; }
  RankedLists continuity() const { return {.n = n, .k = input.k, .ranks = input_in_code}; }

  int64_t n;
  Neighbours input, code;
  std::vector<uint32_t> code_in_input, input_in_code;
  std::vector<std::vector<int64_t>> r, s;
};

// Sum of visit(r, s) over all pairs.
template <class Visit>
double SumOverPairs(const Spaces& spaces, const Visit& visit) {
  double sum = 0;
  for (size_t i = 0; i < spaces.r.size(); ++i) {
    for (size_t j = 0; j < spaces.r.size(); ++j) {
      if (i != j) sum += visit(static_cast<double>(spaces.r[i][j]), static_cast<double>(spaces.s[i][j]));
    }
  }
  return sum;
}

void ExpectDefinitions(const Spaces& spaces) {
  const auto n = static_cast<double>(spaces.n);
  const std::vector<double> curve = QnxCurve(spaces.input, spaces.code);
  double largest_error = 0;
  for (int64_t whole_k = 1; whole_k <= spaces.code.k; ++whole_k) {
    const auto k = static_cast<double>(whole_k);
    largest_error += std::abs(2 * k - n - 1) / k;
    const double kept = SumOverPairs(spaces, [&](double r, double s) { return r <= k && s <= k; });
    EXPECT_NEAR(curve[static_cast<size_t>(whole_k - 1)], kept / (n * k), 1e-12);
    EXPECT_NEAR(MeanOf(KeptShares(spaces.input, spaces.code, whole_k)), kept / (n * k), 1e-12);
    const double most = k < n / 2 ? n * k * (2 * n - 3 * k - 1) : n * (n - k) * (n - k - 1);
    const double intruders =
        SumOverPairs(spaces, [&](double r, double s) { return s <= k && r > k ? r - k : 0; });
    const double missing =
        SumOverPairs(spaces, [&](double r, double s) { return r <= k && s > k ? s - k : 0; });
    EXPECT_NEAR(Trustworthiness(spaces.trust(), whole_k), 1 - 2 / most * intruders, 1e-12) << k;
    EXPECT_NEAR(Trustworthiness(spaces.continuity(), whole_k), 1 - 2 / most * missing, 1e-12) << k;
    EXPECT_NEAR(MeanOf(PointTrustworthiness(spaces.trust(), whole_k, spaces.n - 1)),
                Trustworthiness(spaces.trust(), whole_k), 1e-12);
    const double zx =
        SumOverPairs(spaces, [&](double r, double s) { return s <= k ? std::abs(r - s) / s : 0; });
    const double xz =
        SumOverPairs(spaces, [&](double r, double s) { return r <= k ? std::abs(r - s) / r : 0; });
    EXPECT_NEAR(MeanRelativeRankError(spaces.trust(), whole_k), zx / (n * largest_error), 1e-12) << k;
    EXPECT_NEAR(MeanRelativeRankError(spaces.continuity(), whole_k), xz / (n * largest_error), 1e-12) << k;
  }
}

TEST(Measures, AreTheirDefinitions) {
  ExpectDefinitions({NormalFloats(60, 5, 1), NormalFloats(60, 2, 2), Distance::kL2, 50});
  ExpectDefinitions({NormalFloats(60, 5, 3), NormalFloats(60, 2, 4), Distance::kL1, 20});
  ExpectDefinitions({RandomBytes(60, 5, 5, 2), NormalFloats(60, 2, 6, 0, 1), Distance::kL1, 20});  // ties
  ExpectDefinitions(
      {RandomBytes(60, 5, 7), Floats(60, 2, [](int64_t, int64_t) { return 1.0f; }), Distance::kL2, 20});
}

Tensor Matrix(const Json& rows) {
  return Floats(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size()),
                [&](int64_t p, int64_t e) {
                  return rows[static_cast<size_t>(p)][static_cast<size_t>(e)].get<float>();
                });
}

TEST(Measures, EqualScikitLearn) {
  const Json golden = ReadJson(HOURGLASS_NEIGHBOURS_GOLDEN);
  const Tensor points = Matrix(golden["points"]), codes = Matrix(golden["codes"]);
  for (const Json& result : golden["results"]) {
    const auto k = result["k"].get<int64_t>();
    const Spaces spaces(points, codes, result["distance"] == "l1" ? Distance::kL1 : Distance::kL2, k);
    EXPECT_NEAR(QnxCurve(spaces.input, spaces.code).back(), result["q_nx"].get<double>(), 1e-12);
    if (!result.contains("trustworthiness")) continue;
    EXPECT_NEAR(Trustworthiness(spaces.trust(), k), result["trustworthiness"].get<double>(), 1e-12);
    EXPECT_NEAR(Trustworthiness(spaces.continuity(), k), result["continuity"].get<double>(), 1e-12);
  }
  EXPECT_EQ(golden["results"].size(), 10U);
}

TEST(Measures, OfAPerfectCode) {
  const Tensor points = NormalFloats(100, 2, 8);
  const Spaces same(points, points, Distance::kL2, 98);
  EXPECT_EQ(Trustworthiness(same.trust(), 10), 1);
  EXPECT_EQ(MeanRelativeRankError(same.trust(), 10), 0);
  EXPECT_DOUBLE_EQ(AreaOverLogK(QnxCurve(same.input, same.code), 100), 1);
}

// Five points, none of them listed for itself; the ranks of three lists, best, mixed and worst.
TEST(Measures, TrustworthinessOfNewPointsByHand) {
  const std::vector<uint32_t> ranks = {1, 2, 3, 4, 5, 5, 1, 2, 3, 4, 5, 4, 3, 2, 1};
  const RankedLists lists = {.n = 3, .k = 5, .ranks = ranks};
  EXPECT_THAT(PointTrustworthiness(lists, 1, 5), ElementsAre(1, 0, 0));
  EXPECT_THAT(PointTrustworthiness(lists, 2, 5), ElementsAre(1, 0.4, 0));  // worst: (5 - 2) + (4 - 2)
  EXPECT_THAT(PointTrustworthiness(lists, 3, 5), ElementsAre(1, DoubleNear(1.0 / 3, 1e-12), 0));
  EXPECT_THAT(PointTrustworthiness(lists, 5, 5), ElementsAre(1, 1, 1)) << "all are neighbours";
}

// The code reverses the order around the first of three points on a line.
TEST(Measures, AreaByHand) {
  const std::vector<double> curve = {0.5, 0.75};
  // n = 5: R(1) = (4 · .5 - 1) / 3, R(2) = (4 · .75 - 2) / 2
  EXPECT_DOUBLE_EQ(AreaOverLogK(curve, 5), (1.0 / 3 + 0.5 / 2) / 1.5);
  EXPECT_DOUBLE_EQ(Rnx(0.25, 1, 5), 0);
}

// Points 0 and 1 have label 7, 2 and 3 label 8; all are on a line.
TEST(Measures, OfLabelsByHand) {
  const Tensor points = Floats(4, 1, [](int64_t p, int64_t) { return static_cast<float>(p * p); });
  const Neighbours nearest = NearestNeighbours(points, {.distance = Distance::kL1, .k = 3});
  const std::vector<int32_t> labels = {7, 7, 8, 8};
  EXPECT_THAT(SameLabelShares(nearest, labels, 1), ElementsAre(1, 1, 0, 1));
  EXPECT_THAT(SameLabelShares(nearest, labels, 2), ElementsAre(0.5, 0.5, 0, 0.5));
  EXPECT_EQ(VoteAccuracy(nearest, labels, labels, 1), 0.75);
  EXPECT_EQ(VoteAccuracy(nearest, labels, labels, 2), 0.75);  // of two differing votes, the nearest counts
}

TEST(Measures, TiesAreCounted) {
  const Tensor points = Floats(4, 1, [](int64_t p, int64_t) { return static_cast<float>(p); });
  const Neighbours nearest = NearestNeighbours(points, {.distance = Distance::kL2, .k = 3});
  EXPECT_EQ(TiesAt(nearest, 1), 2);  // the two in the middle
  EXPECT_EQ(TiesAt(nearest, 2), 0);
}

TEST(Measures, ImpossibleSizesAndCountsAreUsageErrors) {
  const auto place = [](int64_t p, int64_t) { return static_cast<float>(p); };
  const Tensor points = Floats(6, 1, place), fewer = Floats(5, 1, place);
  const auto nearest = [](const Tensor& of, Distance distance) {
    return NearestNeighbours(of, {.distance = distance, .k = 3});
  };
  const Neighbours six = nearest(points, Distance::kL2), five = nearest(fewer, Distance::kL2);
  const Neighbours by_l1 = nearest(points, Distance::kL1);
  const std::vector<uint32_t> ranks = RanksOf(points, six.indices, {.distance = Distance::kL2});
  const RankedLists lists{.n = 6, .k = 3, .ranks = ranks};
  const std::vector<int32_t> labels(6, 1), too_few(5, 1);
  const TiedNeighbours tied = WithLastGroups(points, six, 2, 1), others = WithLastGroups(points, by_l1, 2, 1);
  const Tensor bytes({6, 1}, DType::kU8);
  const auto all_sizes = [](const Tensor& input, const Tensor& code) {
    const Tensor* codes[] = {&code};
    MeasureAllSizes(input, codes, {});
  };
  ExpectUsageErrors({
      {"expected: 1 to 3", [&] { KeptShares(six, six, 4); }},
      {"expected: 6\n  got:      5", [&] { QnxCurve(six, five); }},
      {"expected: 0 to 4", [&] { Rnx(0.5, 5, 6); }},
      {"expected: 1 to 3", [&] { Trustworthiness(lists, 0); }},
      {"expected: 1 to 2", [&] { PointTrustworthiness(lists, 3, 2); }},
      {"expected: 1 to 3", [&] { MeanRelativeRankError(lists, 4); }},
      {"invalid k", [&] { SameLabelShares(six, labels, 4); }},
      {"invalid number of labels", [&] { SameLabelShares(six, too_few, 1); }},
      {"invalid number of true labels", [&] { VoteAccuracy(six, labels, too_few, 1); }},
      {"invalid k", [&] { MajorityLabels(six, 0, labels); }},
      {"invalid index of a neighbour", [&] { MajorityLabels(six, 3, std::span(labels).first(1)); }},
      {"expected: 1 to 2", [&] { TiesAt(six, 3); }},
      {"expected: 1 to 2", [&] { WithLastGroups(points, six, 3, 1); }},
      {"invalid number of points", [&] { WithLastGroups(fewer, six, 2, 1); }},
      {"expected: 1 to 2", [&] { ExpectedRecall(tied, tied, std::vector<int64_t>{3}, 1); }},
      {"expected: L2\n  got:      L1", [&] { ExpectedRecall(tied, others, std::vector<int64_t>{1}, 1); }},
      {"expected: 3 or more", [&] { all_sizes(points.Rows(0, 2), points.Rows(0, 2)); }},
      {"invalid number of points in the code", [&] { all_sizes(points, fewer); }},
      {"expected: f32\n  got:      u8", [&] { all_sizes(points, bytes); }},
  });
}

}  // namespace
}  // namespace hourglass::test
