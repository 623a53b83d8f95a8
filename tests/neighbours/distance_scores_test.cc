// Stress, Spearman's correlation and triplets, against plain loops and by hand.
#include "hourglass/neighbours/distance_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "neighbours/plain_loops.h"
#include "support/usage_error.h"

namespace hourglass::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Values = std::vector<double>;

Tensor ConstantCodes(int64_t n) {
  return Floats(n, 2, [](int64_t, int64_t) { return 0.5f; });
}

double PlainTrueDistance(const Tensor& points, int64_t i, int64_t j, Distance distance) {
  const double plain = PlainDistance(points, i, points, j, distance);
  return distance == Distance::kL2 ? std::sqrt(plain) : plain;
}

// By its definition: all smaller values, and half of the equal ones.
Values PlainRanks(const Values& values) {
  Values ranks;
  for (const double value : values) {
    const auto smaller = std::ranges::count_if(values, [&](double other) { return other < value; });
    const auto equal = std::ranges::count(values, value);
    ranks.push_back(static_cast<double>(smaller) + (static_cast<double>(equal) + 1) / 2);
  }
  return ranks;
}

// The smallest Σ (x - a z)² / Σ x² over a fine grid of a; the optimum is a minimum, so the grid comes near.
double PlainStress(const Values& x, const Values& z) {
  double best = 1, whole = 0;
  for (const double value : x) whole += value * value;
  for (double a = 0; a < 10; a += 1e-3) {
    double rest = 0;
    for (size_t i = 0; i < x.size(); ++i) rest += (x[i] - a * z[i]) * (x[i] - a * z[i]);
    best = std::min(best, std::sqrt(rest / whole));
  }
  return best;
}

double PlainCorrelation(const Values& x, const Values& z) {
  const auto n = static_cast<double>(x.size());
  double sx = 0, sz = 0, sxx = 0, szz = 0, sxz = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    sx += x[i];
    sz += z[i];
    sxx += x[i] * x[i];
    szz += z[i] * z[i];
    sxz += x[i] * z[i];
  }
  return (n * sxz - sx * sz) / std::sqrt((n * sxx - sx * sx) * (n * szz - sz * sz));
}

double PlainTriplets(const Tensor& input, const Tensor& code, Distance distance) {
  double right = 0;
  const auto sign = [&](const Tensor& points, const PointPair& a, const PointPair& b) {
    const double difference =
        PlainTrueDistance(points, a.from, a.to, distance) - PlainTrueDistance(points, b.from, b.to, distance);
    return (difference > 0) - (difference < 0);
  };
  const auto pairs = SampledTriplets(input.rows());
  for (size_t t = 0; t < pairs.size(); t += 2) {
    const int x = sign(input, pairs[t], pairs[t + 1]), z = sign(code, pairs[t], pairs[t + 1]);
    right += x == z ? 1 : (x * z == 0 ? 0.5 : 0);
  }
  return right / static_cast<double>(pairs.size() / 2);
}

void ExpectPlainScores(const Tensor& input, const Tensor& code) {
  const Tensor* codes[] = {&code};
  for (const Distance distance : {Distance::kL1, Distance::kL2}) {
    const DistanceScores scores = MeasureDistances(input, codes, distance, 2).front();
    Values x, z;
    for (int64_t i = 0; i < input.rows(); ++i) {
      for (int64_t j = i + 1; j < input.rows(); ++j) {
        x.push_back(PlainTrueDistance(input, i, j, distance));
        z.push_back(PlainTrueDistance(code, i, j, distance));
      }
    }
    EXPECT_EQ(scores.pairs, std::ssize(x));
    EXPECT_NEAR(*scores.stress, PlainStress(x, z), 1e-5);
    EXPECT_NEAR(*scores.spearman, PlainCorrelation(PlainRanks(x), PlainRanks(z)), 1e-9);
    EXPECT_EQ(scores.triplets, 5 * input.rows());
    EXPECT_NEAR(*scores.triplet_accuracy, PlainTriplets(input, code, distance), 1e-12);
  }
}

TEST(DistanceScores, EqualPlainLoops) {
  ExpectPlainScores(NormalFloats(60, 5, 1), NormalFloats(60, 2, 2));
  ExpectPlainScores(RandomBytes(60, 3, 3, 2), NormalFloats(60, 2, 4, 0, 1));  // ties in both
}

TEST(DistanceScores, OfAScaledCopyArePerfect) {
  const Tensor input = NormalFloats(80, 3, 5);
  const Tensor copy = Floats(80, 3, [&](int64_t p, int64_t e) { return 4 * input.data<float>()[3 * p + e]; });
  const Tensor* codes[] = {&copy};
  const DistanceScores scores = MeasureDistances(input, codes, Distance::kL2, 1).front();
  EXPECT_NEAR(*scores.stress, 0, 1e-12);
  EXPECT_DOUBLE_EQ(*scores.spearman, 1);
  EXPECT_EQ(scores.triplet_accuracy, 1);
}

TEST(DistanceScores, OfAConstantCode) {
  const Tensor input = NormalFloats(40, 3, 6), constant = ConstantCodes(40);
  const Tensor* codes[] = {&constant};
  const DistanceScores scores = MeasureDistances(input, codes, Distance::kL1, 1).front();
  EXPECT_EQ(scores.stress, 1);
  EXPECT_EQ(scores.spearman, std::nullopt);
  EXPECT_EQ(scores.triplet_accuracy, 0.5);
  const DistanceScores of_nothing = MeasureDistances(constant, codes, Distance::kL1, 1).front();
  EXPECT_EQ(of_nothing.stress, std::nullopt);
  EXPECT_EQ(of_nothing.triplet_accuracy, 1) << "all ties are kept";
}

// Three points on a line, at 0, 1 and 3; the code moves the middle one to the far side, at -4.
TEST(DistanceScores, OfThreePointsByHand) {
  const auto line = [](std::vector<float> places) {
    return Floats(3, 1, [places](int64_t p, int64_t) { return places[static_cast<size_t>(p)]; });
  };
  const Tensor input = line({0, 1, 3}), code = line({0, -4, 3});
  const Tensor* codes[] = {&code};
  const DistanceScores scores = MeasureDistances(input, codes, Distance::kL2, 1).front();
  // Pairs 01, 02, 12: x = 1, 3, 2; z = 4, 3, 7. a = (4 + 9 + 14) / (16 + 9 + 49) = 27 / 74.
  EXPECT_EQ(scores.pairs, 3);
  EXPECT_DOUBLE_EQ(*scores.stress, std::sqrt(1 - 27.0 * 27 / 74 / 14));
  EXPECT_DOUBLE_EQ(*scores.spearman, -0.5);  // ranks 1, 3, 2 and 2, 1, 3: 1 - 6 · (1 + 4 + 1) / 24
  // Around 0 and 2 the order changes (1 < 3, 4 > 3; 3 > 2, 3 < 7); around 1 it stays (1 < 2, 4 < 7).
  EXPECT_DOUBLE_EQ(*scores.triplet_accuracy, 1.0 / 3);
}

TEST(DistanceScores, OfTwoPoints) {
  const Tensor input = NormalFloats(2, 3, 7), code = NormalFloats(2, 1, 8);
  const Tensor* codes[] = {&code};
  const DistanceScores scores = MeasureDistances(input, codes, Distance::kL2, 1).front();
  EXPECT_EQ(scores.pairs, 1);
  EXPECT_NEAR(*scores.stress, 0, 1e-12);
  EXPECT_EQ(scores.spearman, std::nullopt);
  EXPECT_EQ(scores.triplets, 0);
  EXPECT_EQ(scores.triplet_accuracy, std::nullopt);
}

TEST(DistanceScores, RanksOfEqualValuesAreTheirMean) {
  EXPECT_THAT(AverageRanks(Values{5, 1, 5, 0, 5, 1}), ElementsAre(5, 2.5, 5, 1, 5, 2.5));
}

TEST(DistanceScores, TiesInOneOfBothAreHalfRight) {
  // Kept, reversed, tied in the code, tied in the input, tied in both.
  const Values x = {1, 2, 1, 2, 1, 2, 3, 3, 4, 4}, z = {5, 6, 6, 5, 7, 7, 1, 2, 0, 0};
  EXPECT_DOUBLE_EQ(TripletAccuracy(x, z), (1 + 0 + 0.5 + 0.5 + 1) / 5);
}

TEST(DistanceScores, DoNotDependOnThreads) {
  const Tensor input = RandomBytes(1500, 6, 9), code = NormalFloats(1500, 2, 10);
  const Tensor* codes[] = {&code};
  const DistanceScores one = MeasureDistances(input, codes, Distance::kL2, 1).front(),
                       three = MeasureDistances(input, codes, Distance::kL2, 3).front();
  EXPECT_EQ(one.pairs, 1'000'000) << "fewer than all";
  EXPECT_EQ(one.stress, three.stress);
  EXPECT_EQ(one.spearman, three.spearman);
  EXPECT_EQ(one.triplet_accuracy, three.triplet_accuracy);
}

TEST(DistanceScores, PairsAreAllOrASample) {
  EXPECT_THAT(SampledPairs(3, 3), ElementsAre(PointPair{0, 1}, PointPair{0, 2}, PointPair{1, 2}));
  const std::vector<PointPair> pairs = SampledPairs(50, 1000);
  ASSERT_THAT(pairs, SizeIs(1000));
  Values drawn(50, 0);
  for (const auto& [from, to] : pairs) {
    ASSERT_LT(from, to);
    ++drawn.at(from);
    ++drawn.at(to);
  }
  EXPECT_GT(std::ranges::min(drawn), 15);  // 40 ± 6 each
  EXPECT_LT(std::ranges::max(drawn), 65);
  EXPECT_EQ(SampledPairs(50, 1000), pairs);
}

TEST(DistanceScores, TripletsHaveThreeDifferentPoints) {
  EXPECT_THAT(SampledTriplets(2), IsEmpty());
  const std::vector<PointPair> pairs = SampledTriplets(7);
  ASSERT_THAT(pairs, SizeIs(2 * 5 * 7));
  Values drawn(7, 0);
  for (size_t i = 0; i < pairs.size(); i += 2) {
    ASSERT_EQ(pairs[i].from, i / 10);
    ASSERT_EQ(pairs[i + 1].from, pairs[i].from);
    ASSERT_NE(pairs[i].to, pairs[i + 1].to);
    for (const PointPair& pair : {pairs[i], pairs[i + 1]}) {
      ASSERT_NE(pair.to, pair.from);
      ++drawn.at(pair.to);
    }
  }
  EXPECT_GT(std::ranges::min(drawn), 2);  // 10 ± 3 each
}

TEST(DistanceScores, WrongArgumentsAreUsageErrors) {
  const Values one = {1}, two = {1, 2}, none;
  const Tensor input = NormalFloats(5, 2, 11), fewer = NormalFloats(4, 2, 12);
  const Tensor* codes[] = {&fewer};
  ExpectUsageErrors({
      {"invalid number of points", [&] { SampledPairs(1, 5); }},
      {"invalid number of pairs", [&] { SampledPairs(5, 0); }},
      {"invalid number of points", [&] { SampledTriplets(1); }},
      {"invalid number of distances", [&] { Stress(none, none); }},
      {"invalid number of distances in the code", [&] { Correlation(one, two); }},
      {"invalid number of distances modulo 2", [&] { TripletAccuracy(one, one); }},
      {"invalid number of points in the code", [&] { MeasureDistances(input, codes, Distance::kL2, 1); }},
  });
}

}  // namespace
}  // namespace hourglass::test
