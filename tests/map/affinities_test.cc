// Affinities: their perplexity, symmetry and sum, equal distances, wrong arguments.
#include "hourglass/map/affinities.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "support/random.h"
#include "support/usage_error.h"

namespace hourglass::test {
namespace {

Neighbours NearestOf(const Tensor& points, int64_t k, Distance distance = Distance::kL2) {
  return NearestNeighbours(points, {.distance = distance, .k = k, .threads = 1});
}

TEST(Affinities, EachPointHasThePerplexity) {
  Team team(2);
  const Tensor points = RandomTensor({200, 4}, DType::kF32, 1);
  for (const Distance distance : {Distance::kL1, Distance::kL2}) {
    for (const double perplexity : {1.5, 8.0, 29.0}) {
      const double one[] = {perplexity};
      const auto values = ConditionalAffinities(NearestOf(points, 30, distance), one, team);
      for (size_t i = 0; i < 200; ++i) {
        double entropy = 0, sum = 0;
        for (size_t j = 0; j < 30; ++j) {
          const double p = double{values[i * 30 + j]};
          sum += p;
          if (p > 0) entropy -= p * std::log(p);
        }
        EXPECT_NEAR(sum, 1, 1e-5);
        EXPECT_NEAR(std::exp(entropy), perplexity, 1e-3 * perplexity);
      }
    }
  }
}

TEST(Affinities, AreSymmetricAndSumToOne) {
  Team team(3);
  const double perplexities[] = {3, 9};
  const Neighbours nearest = NearestOf(RandomTensor({150, 3}, DType::kF32, 2), 25);
  const Affinities affinities = MakeAffinities(nearest, perplexities, team);
  const auto conditional = ConditionalAffinities(nearest, perplexities, team);
  std::map<std::pair<uint32_t, uint32_t>, double> expected;
  for (uint32_t i = 0; i < 150; ++i) {
    for (size_t place = 0; place < 25; ++place) {
      const uint32_t j = nearest.indices[i * 25 + place];
      expected[{i, j}] += double{conditional[i * 25 + place]} / 300;
      expected[{j, i}] += double{conditional[i * 25 + place]} / 300;
    }
  }
  double sum = 0;
  for (uint32_t i = 0; i < 150; ++i) {
    EXPECT_EQ(affinities.begin[i] % Affinities::kRowGrain, 0);
    for (auto at = static_cast<size_t>(affinities.begin[i]);
         at < static_cast<size_t>(affinities.begin[i + 1]); ++at) {
      const uint32_t j = affinities.columns[at];
      sum += double{affinities.values[at]};
      if (affinities.values[at] == 0) {
        EXPECT_EQ(j, i) << "rows are filled up with the point itself";
        continue;
      }
      const auto entry = expected.find({i, j});
      ASSERT_NE(entry, expected.end());
      EXPECT_NEAR(double{affinities.values[at]}, entry->second, 1e-8);
      expected.erase(entry);
    }
  }
  EXPECT_NEAR(sum, 1, 1e-5);
  for (const auto& [pair, value] : expected) EXPECT_LT(value, 1e-12) << pair.first << ", " << pair.second;
}

TEST(Affinities, EquallyNearPointsShare) {
  Team team(1);
  const double perplexity[] = {2};
  const auto values = ConditionalAffinities(NearestOf(Filled({12, 3}, DType::kF32, 5), 8), perplexity, team);
  for (const float value : values) EXPECT_FLOAT_EQ(value, 1.0f / 8);
}

TEST(Affinities, WrongPerplexitiesAreUsageErrors) {
  Team team(1);
  const Neighbours nearest = NearestOf(RandomTensor({20, 3}, DType::kF32, 2), 6);
  const auto with = [&](std::vector<double> perplexities) {
    return [&, perplexities] { MakeAffinities(nearest, perplexities, team); };
  };
  ExpectUsageErrors({{"bad perplexity", with({0.5})},
                     {"bad perplexity", with({3, 7})},
                     {"bad perplexity", with({std::nan("")})},
                     {"no perplexity", with({})}});
}

}  // namespace
}  // namespace hourglass::test
