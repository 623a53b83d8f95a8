// Scores of several codes at once, compared with the measures one by one.
#include "hourglass/neighbours/scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/core/error.h"
#include "hourglass/neighbours/measures.h"
#include "hourglass/neighbours/ranks.h"
#include "hourglass/neighbours/ties.h"
#include "neighbours/plain_loops.h"

namespace hourglass::test {
namespace {

constexpr int64_t kPoints = 150;

// The mean over the points of each label.
std::map<int, double> ByLabel(const std::vector<double>& values, const std::vector<int32_t>& labels) {
  std::map<int, double> sums, counts;
  for (size_t i = 0; i < labels.size(); ++i) {
    sums[labels[i]] += values[i];
    ++counts[labels[i]];
  }
  for (auto& [label, sum] : sums) sum /= counts[label];
  return sums;
}

std::vector<int32_t> Labels() {
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < kPoints; ++i) labels.push_back(static_cast<int32_t>(i * i % 3));
  return labels;
}

TEST(Scores, OfSeveralCodesAreTheMeasuresOfEach) {
  const Tensor input = RandomBytes(kPoints, 8, 1, 9);
  const Tensor wide = NormalFloats(kPoints, 4, 2), tied = NormalFloats(kPoints, 2, 3, 0, 1);
  const Tensor* codes[] = {&wide, &tied};
  const std::vector<int32_t> labels = Labels();
  const Neighbours nearest = NearestNeighbours(input, {.distance = Distance::kL1, .k = 31});
  const auto scores =
      ScoreCodes(input, nearest, codes, labels, {.ks = {3, 30}, .area_points = 100, .threads = 2});
  const auto distances = MeasureDistances(input, codes, Distance::kL1, 1);
  const auto sizes = MeasureAllSizes(input, codes, {.distance = Distance::kL1, .points = 100});
  ASSERT_EQ(scores.size(), 2U);
  for (size_t c = 0; c < 2; ++c) {
    const Neighbours code = NearestNeighbours(*codes[c], {.distance = Distance::kL1, .k = 31});
    EXPECT_EQ(scores[c].n, kPoints);
    EXPECT_EQ(scores[c].distance, Distance::kL1);
    std::vector<double> curve = QnxCurve(nearest, code);
    curve.pop_back();
    EXPECT_EQ(scores[c].qnx, curve);
    EXPECT_EQ(scores[c].rnx_area, AreaOverLogK(scores[c].qnx, kPoints));
    EXPECT_EQ(scores[c].all_sizes.points, 100);
    EXPECT_EQ(scores[c].all_sizes.area, sizes[c].area);
    EXPECT_EQ(scores[c].all_sizes.qnx, sizes[c].qnx);
    EXPECT_EQ(scores[c].distances.pairs, kPoints * (kPoints - 1) / 2);
    EXPECT_EQ(scores[c].distances.stress, distances[c].stress);
    EXPECT_EQ(scores[c].distances.spearman, distances[c].spearman);
    EXPECT_EQ(scores[c].distances.triplet_accuracy, distances[c].triplet_accuracy);
    EXPECT_EQ(scores[c].silhouette->mean, Silhouette(*codes[c], labels, Distance::kL1, 1)->mean);
    const std::vector<double> expected = ExpectedRecall(WithLastGroups(input, nearest, 30, 1),
                                                        WithLastGroups(*codes[c], code, 30, 1), {{3, 30}}, 1);
    EXPECT_EQ(scores[c].at[0].expected_score, expected[0]);
    EXPECT_EQ(scores[c].at[1].expected_score, expected[1]);
    const std::vector<uint32_t> r = RanksOf(input, code.indices, {.distance = Distance::kL1});
    const std::vector<uint32_t> s = RanksOf(*codes[c], nearest.indices, {.distance = Distance::kL1});
    ASSERT_EQ(scores[c].at.size(), 2U);
    for (const ScoresAt& at : scores[c].at) {
      EXPECT_NEAR(at.score, MeanOf(KeptShares(nearest, code, at.k)), 1e-12);
      EXPECT_DOUBLE_EQ(at.chance, static_cast<double>(at.k) / (kPoints - 1));
      EXPECT_EQ(at.input_ties, TiesAt(nearest, at.k));
      EXPECT_EQ(at.code_ties, TiesAt(code, at.k));
      EXPECT_EQ(at.trustworthiness, Trustworthiness({kPoints, 31, r}, at.k));
      EXPECT_EQ(at.continuity, Trustworthiness({kPoints, 31, s}, at.k));
      EXPECT_EQ(at.code_rank_error, MeanRelativeRankError({kPoints, 31, r}, at.k));
      EXPECT_EQ(at.input_rank_error, MeanRelativeRankError({kPoints, 31, s}, at.k));
      ASSERT_TRUE(at.labels.has_value());
      EXPECT_NEAR(at.labels->improvement, at.labels->code_rate - at.labels->input_rate, 1e-12);
      EXPECT_GE(at.labels->similarity, std::abs(at.labels->improvement));
      EXPECT_EQ(at.labels->score_by_label, ByLabel(KeptShares(nearest, code, at.k), labels));
      EXPECT_EQ(at.labels->input_rate_by_label, ByLabel(SameLabelShares(nearest, labels, at.k), labels));
      EXPECT_EQ(at.labels->code_rate_by_label, ByLabel(SameLabelShares(code, labels, at.k), labels));
      EXPECT_EQ(at.labels->score_by_label.size(), 2U);  // squares modulo 3 are 0 or 1
    }
    EXPECT_GT(scores[c].at[1].code_ties + scores[c].at[1].input_ties, 0);
    EXPECT_EQ(scores[c].kept_shares.size(), static_cast<size_t>(kPoints));
  }
}

TEST(Scores, OfACollapsedCode) {
  const Tensor input = NormalFloats(kPoints, 8, 4);
  const Tensor collapsed = Floats(kPoints, 2, [](int64_t, int64_t) { return 0.5f; });
  const Tensor* codes[] = {&collapsed};
  const Neighbours nearest = NearestNeighbours(input, {.k = 11});
  const NeighbourhoodScores scores = ScoreCodes(input, nearest, codes, {}, {.ks = {10}}).front();
  EXPECT_EQ(scores.at[0].code_ties, kPoints);
  EXPECT_NEAR(scores.at[0].score, scores.at[0].chance, 0.05);
  EXPECT_NEAR(scores.at[0].expected_score, scores.at[0].chance, 1e-12);
  EXPECT_FALSE(scores.at[0].labels.has_value());
  EXPECT_FALSE(scores.silhouette.has_value());
  EXPECT_EQ(scores.distances.stress, 1);
  const Json json = ToJson(scores);
  EXPECT_TRUE(json["distances"]["spearman"].is_null()) << "undefined, because all distances are equal";
  EXPECT_FALSE(json.contains("silhouette"));
}

TEST(Scores, RefuseWhatDoesNotBelongTogether) {
  const Tensor input = NormalFloats(20, 3, 5), codes = NormalFloats(20, 2, 6), fewer = NormalFloats(19, 2, 7);
  const Neighbours nearest = NearestNeighbours(input, {.k = 11});
  const std::vector<int32_t> labels(20, 0);
  const auto score = [&](const Tensor& code, std::span<const int32_t> names, std::vector<int64_t> ks) {
    const Tensor* all[] = {&code};
    ScoreCodes(input, nearest, all, names, {.ks = std::move(ks)});
  };
  EXPECT_NO_THROW(score(codes, labels, {1, 10}));
  EXPECT_THROW(score(codes, labels, {11}), Error);
  EXPECT_THROW(score(codes, labels, {0}), Error);
  EXPECT_THROW(score(codes, labels, {}), Error);
  EXPECT_THROW(score(fewer, labels, {5}), Error);
  EXPECT_THROW(score(codes, std::span(labels).first(19), {5}), Error);
}

}  // namespace
}  // namespace hourglass::test
