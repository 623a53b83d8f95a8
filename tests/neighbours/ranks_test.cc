// Ranks of listed pairs, compared with ranks found by sorting everything.
#include "hourglass/neighbours/ranks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/core/error.h"
#include "neighbours/plain_loops.h"

namespace hourglass::test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// Some points for each point: near and far ones, one of them twice.
std::vector<uint32_t> Lists(int64_t n, int64_t m) {
  std::vector<uint32_t> lists;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t place = 0; place < m; ++place) {
      const int64_t other = (i + 1 + (place * place * 7 + i) % (n - 1)) % n;
      lists.push_back(static_cast<uint32_t>(place == 3 ? lists.back() : other));
    }
  }
  return lists;
}

void ExpectPlain(const Tensor& points, int64_t m) {
  const std::vector<uint32_t> lists = Lists(points.rows(), m);
  for (const Distance distance : {Distance::kL1, Distance::kL2}) {
    const std::vector<uint32_t> ranks = RanksOf(points, lists, {.distance = distance, .threads = 2});
    ASSERT_EQ(ranks.size(), lists.size());
    for (int64_t i = 0; i < points.rows(); ++i) {
      const auto order = PlainOrder(points, points, i, i, distance);
      std::vector<uint32_t> rank_of(static_cast<size_t>(points.rows()), 0);
      for (size_t r = 0; r < order.size(); ++r) rank_of[order[r].second] = static_cast<uint32_t>(r + 1);
      for (int64_t place = 0; place < m; ++place) {
        const auto at = static_cast<size_t>(i * m + place);
        ASSERT_EQ(ranks[at], rank_of[lists[at]]) << Name(distance) << ": " << i << ", " << lists[at];
      }
    }
  }
}

TEST(Ranks, OfBytesEqualSorting) {
  ExpectPlain(RandomBytes(600, 40, 1), 30);
  ExpectPlain(RandomBytes(300, 6, 2, 2), 50);  // ties
  ExpectPlain(Bytes(200, 3, [](int64_t, int64_t) { return 4; }), 10);
}

TEST(Ranks, OfFloatsEqualSorting) {
  ExpectPlain(NormalFloats(500, 2, 3), 30);
  ExpectPlain(Floats(100, 2, [](int64_t, int64_t) { return 7.0F; }), 30);
  ExpectPlain(NormalFloats(300, 2, 4, 0, 0.5f), 50);
  ExpectPlain(NormalFloats(300, 20, 5, 1e5f), 20);
  ExpectPlain(Floats(200, 2, [](int64_t, int64_t) { return 0.5f; }), 10);
  const Tensor unit = NormalFloats(200, 12, 6);
  ExpectPlain(Floats(200, 12,
                     [&](int64_t p, int64_t e) {
                       return p == 0 ? 1000.0f : 1 + 1e-4f * unit.data<float>()[12 * p + e];
                     }),
              30);
  for (const float scale : {1e37f, 1e-30f}) {
    ExpectPlain(Floats(200, 12, [&](int64_t p, int64_t e) { return scale * unit.data<float>()[12 * p + e]; }),
                9);
  }
}

TEST(Ranks, OfTheNearestAreTheirPlaces) {
  const Tensor points = RandomBytes(400, 10, 7, 3);
  const Neighbours nearest = NearestNeighbours(points, {.distance = Distance::kL1, .k = 20});
  const std::vector<uint32_t> ranks = RanksOf(points, nearest.indices, {.distance = Distance::kL1});
  for (size_t i = 0; i < ranks.size(); ++i) ASSERT_EQ(ranks[i], i % 20 + 1);
}

void ExpectPlainAround(const Tensor& points, const Tensor& queries, int64_t m) {
  std::vector<uint32_t> lists;
  for (int64_t i = 0; i < queries.rows() * m; ++i)
    lists.push_back(static_cast<uint32_t>(i * i % points.rows()));
  for (const Distance distance : {Distance::kL1, Distance::kL2}) {
    const std::vector<uint32_t> ranks = RanksOf(points, queries, lists, {.distance = distance, .threads = 2});
    ASSERT_EQ(ranks.size(), lists.size());
    for (size_t at = 0; at < ranks.size(); ++at) {
      const auto order = PlainOrder(points, queries, static_cast<int64_t>(at) / m, -1, distance);
      ASSERT_EQ(order[ranks[at] - 1].second, lists[at]) << Name(distance) << ": " << at;
    }
  }
}

TEST(Ranks, AroundOtherPointsEqualSorting) {
  ExpectPlainAround(RandomBytes(300, 20, 1), RandomBytes(70, 20, 2), 9);
  ExpectPlainAround(RandomBytes(90, 6, 3, 2), RandomBytes(200, 6, 4, 2),
                    12);  // ties, more queries than points
  ExpectPlainAround(NormalFloats(300, 2, 5), NormalFloats(70, 2, 6), 9);
  ExpectPlainAround(NormalFloats(200, 20, 7), NormalFloats(90, 20, 8, 10), 9);
  const Tensor equal = Floats(50, 2, [](int64_t, int64_t) { return 7.0f; });
  ExpectPlainAround(equal, NormalFloats(40, 2, 9), 5);
  ExpectPlainAround(equal, equal, 5);
}

TEST(Ranks, AroundOtherPointsRefuseWhatCannotBeCompared) {
  const Tensor points = NormalFloats(3, 2, 9), wide = NormalFloats(2, 3, 9), two = NormalFloats(2, 2, 9);
  const auto ranks = [&](const Tensor& queries, std::vector<uint32_t> lists) {
    return RanksOf(points, queries, lists, {});
  };
  EXPECT_THAT(ranks(two, {0, 1}), SizeIs(2)) << "a point may be listed for the query of its number";
  EXPECT_THROW(ranks(two, {0, 3}), Error);
  EXPECT_THROW(ranks(two, {0, 1, 2}), Error);
  EXPECT_THROW(ranks(wide, {0, 1}), Error);
  EXPECT_THROW(ranks(RandomBytes(2, 2, 1), {0, 1}), Error);
}

TEST(Ranks, OfTwoPoints) {
  EXPECT_THAT(RanksOf(NormalFloats(2, 1, 8), std::vector<uint32_t>{1, 0}, {}), ElementsAre(1, 1));
}

TEST(Ranks, RefusesListsThatAreNone) {
  const Tensor points = NormalFloats(3, 2, 9);
  const auto ranks = [&](std::vector<uint32_t> lists) { return RanksOf(points, lists, {}); };
  EXPECT_THROW(ranks({}), Error);
  EXPECT_THROW(ranks({1, 2}), Error);
  EXPECT_THROW(ranks({1, 2, 3}), Error);
  EXPECT_THROW(ranks({1, 1, 1}), Error);
}

}  // namespace
}  // namespace hourglass::test
