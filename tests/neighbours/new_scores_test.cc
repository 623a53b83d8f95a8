// Scores of new points, against plain loops.
#include "hourglass/neighbours/new_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "hourglass/neighbours/all_sizes.h"
#include "neighbours/plain_loops.h"
#include "support/random.h"
#include "support/usage_error.h"

namespace hourglass::test {
namespace {

// All rows of `points`, nearest to row i of `queries` first.
std::vector<int64_t> NearestRows(const Tensor& points, const Tensor& queries, int64_t i) {
  std::vector<int64_t> rows;
  for (const auto& [unused, row] : PlainOrder(points, queries, i, -1, Distance::kL2)) rows.push_back(row);
  return rows;
}

void ExpectMean(const MeanWithError& value, const std::vector<double>& of) {
  const auto n = static_cast<double>(of.size());
  double mean = 0, squares = 0;
  for (const double one : of) mean += one / n;
  for (const double one : of) squares += (one - mean) * (one - mean);
  EXPECT_NEAR(value.mean, mean, 1e-12);
  EXPECT_NEAR(value.error, std::sqrt(squares / (n - 1) / n), 1e-12);
}

TEST(NewScores, EqualPlainLoops) {
  const Tensor old_points = RandomTensor({90, 5}, DType::kF32, 1),
               old_codes = RandomTensor({90, 2}, DType::kF32, 2);
  const Tensor points = RandomTensor({40, 5}, DType::kF32, 3), codes = RandomTensor({40, 2}, DType::kF32, 4);
  std::vector<int32_t> old_labels, labels;
  for (int32_t i = 0; i < 90; ++i) old_labels.push_back(i % 3);
  for (int32_t i = 0; i < 40; ++i) labels.push_back(i % 3);
  const int64_t ks[] = {1, 7};
  const NewScores scores =
      ScoreNewCodes({old_points, old_codes, old_labels}, {points, codes, labels}, Distance::kL2, ks, 1);
  ASSERT_EQ(scores.at.size(), 2U);
  for (const NewScoresAt& at : scores.at) {
    const auto k = static_cast<double>(at.k);
    std::vector<double> kept, trust;
    double same = 0;
    std::vector<double> changes;
    for (int64_t i = 0; i < 40; ++i) {
      const auto input = NearestRows(old_points, points, i), code = NearestRows(old_codes, codes, i);
      double both = 0, excess = 0, change = 0;
      for (const int64_t j : std::span(code).first(static_cast<size_t>(at.k))) {
        const auto rank = static_cast<double>(std::ranges::find(input, j) - input.begin() + 1);
        both += rank <= k ? 1 : 0;
        excess += std::max(0.0, rank - k);
        same += old_labels[static_cast<size_t>(j)] == labels[static_cast<size_t>(i)];
      }
      for (size_t j = 0; j < static_cast<size_t>(at.k); ++j) {
        const auto equal = [&](int64_t row) {
          return old_labels[static_cast<size_t>(row)] == labels[static_cast<size_t>(i)];
        };
        change += (equal(code[j]) ? 1 / k : 0) - (equal(input[j]) ? 1 / k : 0);
      }
      changes.push_back(change);
      kept.push_back(both / k);
      trust.push_back(1 - 2 * excess / (k * (2 * 90 - 3 * k + 1)));
    }
    ExpectMean(at.score, kept);
    ExpectMean(at.trustworthiness, trust);
    EXPECT_NEAR(at.code_rate->mean, same / (40 * k), 1e-12);
    ExpectMean(*at.improvement, changes);
  }
}

TEST(NewScores, OfSeveralCodesAreThoseOfEach) {
  const Tensor before = RandomTensor({70, 5}, DType::kF32, 1), added = RandomTensor({30, 5}, DType::kF32, 2);
  const Tensor wide = RandomTensor({70, 3}, DType::kF32, 3), new_wide = RandomTensor({30, 3}, DType::kF32, 4);
  std::vector<int32_t> labels(70), new_labels(30);
  for (size_t i = 0; i < 70; ++i) labels[i] = static_cast<int32_t>(i % 3);
  const OldAndNewCodes codes[] = {{&before, &added}, {&wide, &new_wide}};
  const int64_t ks[] = {2, 6};
  const auto all = ScoreNewCodes({before, labels}, {added, new_labels}, codes, Distance::kL1, ks, 1);
  ASSERT_EQ(all.size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(ToJson(all[i]),
              ToJson(ScoreNewCodes({before, *codes[i].before, labels}, {added, *codes[i].added, new_labels},
                                   Distance::kL1, ks, 1)));
  }
  EXPECT_EQ(all[0].at[1].trustworthiness.mean, 1);
  EXPECT_LT(all[1].at[1].trustworthiness.mean, 1);
}

TEST(NewScores, CodesThatAreTheInputKeepAll) {
  const Tensor before = RandomTensor({50, 2}, DType::kF32, 1), added = RandomTensor({20, 2}, DType::kF32, 2);
  const int64_t ks[] = {5};
  const NewScores scores = ScoreNewCodes({before, before, {}}, {added, added, {}}, Distance::kL1, ks, 1);
  EXPECT_EQ(scores.at.front().score.mean, 1);
  EXPECT_EQ(scores.at.front().score.error, 0);
  EXPECT_EQ(scores.at.front().trustworthiness.mean, 1);
  EXPECT_FALSE(scores.at.front().code_rate.has_value());
  EXPECT_EQ(ToJson(scores)["new_points"], 20);
  EXPECT_EQ(ToJson(scores)["at"][0]["trustworthiness"]["mean"], 1);
}

TEST(NewScores, WrongArgumentsAreUsageErrors) {
  const Tensor before = RandomTensor({50, 2}, DType::kF32, 1), added = RandomTensor({20, 2}, DType::kF32, 2);
  const std::vector<int32_t> labels(3);
  const int64_t good[] = {5}, bad[] = {51};
  ExpectUsageErrors({{"k",
                      [&] {
                        ScoreNewCodes({before, before, {}}, {added, added, {}}, Distance::kL2, bad, 1);
                      }},
                     {"number of codes",
                      [&] {
                        ScoreNewCodes({before, added, {}}, {added, added, {}}, Distance::kL2, good, 1);
                      }},
                     {"number of labels", [&] {
                        ScoreNewCodes({before, before, labels}, {added, added, {}}, Distance::kL2, good, 1);
                      }}});
}

TEST(NewScores, ASampleIsScoredAmongTheOtherPoints) {
  const Tensor points = RandomTensor({60, 4}, DType::kF32, 1), codes = RandomTensor({60, 2}, DType::kF32, 2);
  std::vector<int32_t> labels;
  for (int32_t i = 0; i < 60; ++i) labels.push_back(i % 4);
  const int64_t ks[] = {6};
  const NewScores scores = ScoreSampledCodes({points, codes, labels}, 25, Distance::kL2, ks, 1);
  EXPECT_EQ(scores.old_points, 35);
  EXPECT_EQ(scores.new_points, 25);
  const std::vector<uint32_t> taken = SampledPoints(60, 25);
  // The nearest points of all, without those that are taken out.
  const auto nearest = [&](const Tensor& of, int64_t i) {
    std::vector<int64_t> found;
    for (const int64_t j : NearestRows(of, of, i)) {
      if (!std::ranges::binary_search(taken, static_cast<uint32_t>(j))) found.push_back(j);
    }
    found.resize(6);
    return found;
  };
  double kept = 0, same = 0;
  for (const uint32_t i : taken) {
    const auto input = nearest(points, i), code = nearest(codes, i);
    for (const int64_t j : code) {
      kept += static_cast<double>(std::ranges::count(input, j));
      same += labels[static_cast<size_t>(j)] == labels[i];
    }
  }
  EXPECT_NEAR(scores.at.front().score.mean, kept / (25 * 6), 1e-12);
  EXPECT_NEAR(scores.at.front().code_rate->mean, same / (25 * 6), 1e-12);
}

TEST(NewScores, ASampleIsAtMostHalfOfThePoints) {
  const Tensor points = RandomTensor({9, 2}, DType::kF32, 1);
  const int64_t ks[] = {2};
  const NewScores scores = ScoreSampledCodes({points, points, {}}, 25, Distance::kL2, ks, 1);
  EXPECT_EQ(scores.old_points, 5);
  EXPECT_EQ(scores.new_points, 4);
  EXPECT_EQ(scores.at.front().score.mean, 1);
}

}  // namespace
}  // namespace hourglass::test
