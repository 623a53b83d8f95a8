// Expected recall, compared with the average over all orders that break ties.
#include "hourglass/neighbours/ties.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "hourglass/neighbours/measures.h"
#include "neighbours/plain_loops.h"

namespace hourglass::test {
namespace {

// The k nearest of a point, for every order of the other points that puts nearer ones first.
std::vector<std::set<uint32_t>> AllNearest(const Tensor& points, int64_t point, int64_t k,
                                           Distance distance) {
  std::vector<uint32_t> order;
  for (uint32_t p = 0; p < points.rows(); ++p) {
    if (p != point) order.push_back(p);
  }
  std::vector<std::set<uint32_t>> all;
  do {
    const bool sorted = std::ranges::is_sorted(
        order, {}, [&](uint32_t p) { return PlainDistance(points, point, points, p, distance); });
    if (sorted) all.emplace_back(order.begin(), order.begin() + k);
  } while (std::ranges::next_permutation(order).found);
  return all;
}

double PlainExpectedRecall(const Tensor& input, const Tensor& code, int64_t k, Distance distance) {
  double sum = 0;
  for (int64_t i = 0; i < input.rows(); ++i) {
    const auto of_input = AllNearest(input, i, k, distance), of_code = AllNearest(code, i, k, distance);
    double kept = 0;
    for (const auto& n : of_input) {
      for (const auto& m : of_code) {
        kept += static_cast<double>(std::ranges::count_if(n, [&](uint32_t p) { return m.contains(p); }));
      }
    }
    sum += kept / static_cast<double>(of_input.size() * of_code.size());
  }
  return sum / static_cast<double>(input.rows() * k);
}

// From lists of `listed` neighbours.
std::vector<double> Expected(const Tensor& input, const Tensor& code, const std::vector<int64_t>& ks,
                             int64_t listed, Distance distance, int threads = 1) {
  const int64_t most = std::ranges::max(ks);
  const Neighbours of_input =
      NearestNeighbours(input, {.distance = distance, .k = listed, .threads = threads});
  const Neighbours of_code = NearestNeighbours(code, {.distance = distance, .k = listed, .threads = threads});
  return ExpectedRecall(WithLastGroups(input, of_input, most, threads),
                        WithLastGroups(code, of_code, most, threads), ks, threads);
}

// Short lists cut off groups of ties that longer ones show.
void ExpectPlain(const Tensor& input, const Tensor& code) {
  for (const Distance distance : {Distance::kL1, Distance::kL2}) {
    std::vector<int64_t> ks;
    std::vector<double> plain;
    for (int64_t listed = 2; listed < input.rows(); ++listed) {
      ks.push_back(listed - 1);
      plain.push_back(PlainExpectedRecall(input, code, ks.back(), distance));
      const std::vector<double> expected = Expected(input, code, ks, listed, distance);
      for (size_t i = 0; i < ks.size(); ++i) {
        ASSERT_NEAR(expected[i], plain[i], 1e-12) << Name(distance) << ", k " << ks[i] << " of " << listed;
      }
    }
  }
}

Tensor Collapsed(int64_t n) {
  return Floats(n, 2, [](int64_t, int64_t) { return 0.5f; });
}

TEST(ExpectedRecall, IsTheAverageOverAllOrders) {
  for (uint32_t seed = 1; seed <= 6; ++seed) {
    ExpectPlain(RandomBytes(6, 2, seed, 2), NormalFloats(6, 2, seed + 50, 0, 1));
    ExpectPlain(NormalFloats(6, 1, seed, 0, 1), NormalFloats(6, 2, seed + 50, 0, 2));
  }
}

TEST(ExpectedRecall, OfPointsInOnePlace) {
  const Tensor input = NormalFloats(6, 3, 1), tied = RandomBytes(6, 2, 2, 1);
  ExpectPlain(input, Collapsed(6));
  ExpectPlain(tied, Collapsed(6));
  ExpectPlain(Collapsed(6), Collapsed(6));
  ExpectPlain(Bytes(6, 2, [](int64_t, int64_t) { return 3; }), input);
}

// Half of the codes in one place, as with a unit that is dead for half of the images.
TEST(ExpectedRecall, OfAHalfCollapsedCode) {
  const Tensor code =
      Floats(6, 2, [](int64_t p, int64_t e) { return e == 0 && p < 3 ? static_cast<float>(p + 1) : 0.0f; });
  ExpectPlain(NormalFloats(6, 3, 1), code);
  ExpectPlain(RandomBytes(6, 2, 2, 1), code);
}

TEST(ExpectedRecall, IsTheScoreWhereNothingTies) {
  const Tensor input = NormalFloats(300, 12, 1), code = NormalFloats(300, 2, 2);
  const Neighbours of_input = NearestNeighbours(input, {.k = 31}),
                   of_code = NearestNeighbours(code, {.k = 31});
  const std::vector<double> curve = QnxCurve(of_input, of_code);
  EXPECT_EQ(Expected(input, code, {5, 30}, 31, Distance::kL2), (std::vector{curve[4], curve[29]}));
}

// Large enough for more than one block and tile; the average over all orders is known.
TEST(ExpectedRecall, OfACollapsedCodeIsChance) {
  constexpr int64_t kPointsAtOnce = 1500;
  const std::vector<int64_t> ks = {5, 20};
  for (const int most : {255, 1}) {
    const auto expected =
        Expected(RandomBytes(kPointsAtOnce, 9, 1, most), Collapsed(kPointsAtOnce), ks, 41, Distance::kL1, 2);
    for (size_t i = 0; i < ks.size(); ++i) {
      EXPECT_NEAR(expected[i], static_cast<double>(ks[i]) / (kPointsAtOnce - 1), 1e-12);
    }
  }
}

TEST(LastGroups, AreCountedWhereListsCutThem) {
  // Around 0: four points at distance 1; around each of them one point at 1, the others at 2.
  const Tensor points = Floats(5, 2, [](int64_t p, int64_t e) {
    constexpr float kPlaces[5][2] = {{0, 0}, {1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    return kPlaces[p][e];
  });
  const auto groups = [&](int64_t listed, int64_t k) {
    const Neighbours nearest = NearestNeighbours(points, {.distance = Distance::kL1, .k = listed});
    return WithLastGroups(points, nearest, k, 1).last_groups;
  };
  EXPECT_EQ(groups(2, 1), (std::vector<int64_t>{4, 0, 0, 0, 0}));
  EXPECT_EQ(groups(3, 2), (std::vector<int64_t>{4, 3, 3, 3, 3}));
}

}  // namespace
}  // namespace hourglass::test
