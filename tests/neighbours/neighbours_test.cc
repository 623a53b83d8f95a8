// The neighbour search compared with plain loops: bytes, floats, few and many coordinates, ties, bad input.
#include "hourglass/neighbours/neighbours.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <limits>

#include "hourglass/core/error.h"
#include "hourglass/neighbours/detail/kd_tree.h"
#include "hourglass/neighbours/detail/lists.h"
#include "hourglass/neighbours/detail/tile_search.h"
#include "neighbours/plain_loops.h"
#include "support/scarce_memory.h"
#include "support/scoped_variable.h"

namespace hourglass::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string MessageOf(const Tensor& points, int64_t k) {
  try {
    NearestNeighbours(points, {.k = k});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

constexpr Distance kBoth[] = {Distance::kL1, Distance::kL2};

// Every index and every distance of `found`, of every query or of some.
void ExpectPlain(const Neighbours& found, const Tensor& points, const Tensor* queries, int64_t every = 1) {
  const Tensor& asked = queries == nullptr ? points : *queries;
  ASSERT_EQ(found.n, asked.rows());
  ASSERT_EQ(found.indices.size(), static_cast<size_t>(found.n * found.k));
  for (int64_t q = 0; q < found.n; q += every) {
    const auto order = PlainOrder(points, asked, q, queries == nullptr ? q : -1, found.distance);
    for (int64_t i = 0; i < found.k; ++i) {
      const auto& [distance, index] = order[static_cast<size_t>(i)];
      ASSERT_EQ(found.Of(q)[static_cast<size_t>(i)], index) << "query " << q << ", place " << i;
      ASSERT_EQ(found.DistanceOf(q, i), distance) << "query " << q << ", place " << i;
    }
  }
}

void ExpectExact(const Tensor& points, int64_t k) {
  for (const Distance distance : kBoth) {
    ExpectPlain(NearestNeighbours(points, {.distance = distance, .k = k, .threads = 2}), points, nullptr);
  }
}

// More than one block of tiles; rows and columns do not fill the last one.
TEST(Neighbours, BytesEqualPlainLoops) {
  ExpectExact(RandomBytes(600, 37, 1), 10);
  ExpectExact(RandomBytes(257, 64, 2), 256);
  ExpectExact(RandomBytes(63, 1, 3), 5);
  ExpectExact(RandomBytes(300, 9, 4, 1), 20);  // hardly any distance without ties
}

TEST(Neighbours, BytesAtTheirLargest) {
  ExpectExact(Bytes(12, 33'000, [](int64_t p, int64_t e) { return (p + e) % 2 == 0 ? 255 : 0; }), 3);
  ExpectExact(Bytes(70, 100, [](int64_t p, int64_t) { return p % 2 == 0 ? 255 : 0; }), 3);
}

TEST(Neighbours, ManyFloatsEqualPlainLoops) {
  ExpectExact(NormalFloats(400, 23, 5), 12);
  ExpectExact(NormalFloats(300, 16, 6, 0, 1), 30);         // ties
  ExpectExact(NormalFloats(300, 16, 7, 1e5f), 10);         // far from the origin
  ExpectExact(NormalFloats(300, 16, 8, 1e6f, 0.25f), 10);  // and tied
}

// Sums and products of these would overflow or vanish in f32.
TEST(Neighbours, FloatsOfAnySize) {
  const Tensor unit = NormalFloats(200, 12, 9);
  for (const float scale : {1e38f / 8, 1e-30f}) {
    ExpectExact(Floats(200, 12, [&](int64_t p, int64_t e) { return scale * unit.data<float>()[12 * p + e]; }),
                7);
  }
}

// Distances that differ by less than f32 can distinguish: one point of each set is far away, the others are
// within 1e-4 of each other.
TEST(Neighbours, FloatsThatRoundingWouldMixUp) {
  const Tensor unit = NormalFloats(200, 12, 10);
  ExpectExact(Floats(200, 12,
                     [&](int64_t p, int64_t e) {
                       return p == 0 ? 1000.0f : 1 + 1e-4f * unit.data<float>()[12 * p + e];
                     }),
              20);
}

TEST(Neighbours, FewCoordinatesEqualPlainLoops) {
  for (const int64_t d : {1, 2, 3, 5, 7}) {
    ExpectExact(NormalFloats(500, d, static_cast<uint32_t>(20 + d)), 40);
    ExpectExact(NormalFloats(500, d, static_cast<uint32_t>(30 + d), 0, 0.5f), 40);
  }
}

// Both kinds of search, whichever the number of points and coordinates would select.
TEST(Neighbours, TreeAndTilesAreEqual) {
  for (const int64_t d : {1, 2, 8, 10}) {
    for (const float step : {0.0f, 0.5f}) {
      const Tensor points = NormalFloats(900, d, static_cast<uint32_t>(d), 3, step);
      for (const Distance distance : kBoth) {
        const NeighbourOptions options = {.distance = distance, .k = 100, .threads = 2};
        Neighbours tree = ListsFor(points, nullptr, options), tiles = ListsFor(points, nullptr, options);
        SearchTree(points, nullptr, options, tree);
        SearchTiles(points, nullptr, options, tiles);
        EXPECT_EQ(tree.indices, tiles.indices) << d;
        EXPECT_EQ(tree.distances, tiles.distances) << d;
      }
    }
  }
}

// So many neighbours that a band does not hold all queries.
TEST(Neighbours, InSeveralBandsEqualPlainLoops) {
  const Tensor points = NormalFloats(2'700, 11, 14), few = NormalFloats(300, 11, 15);
  ExpectPlain(NearestNeighbours(points, {.k = 1000, .threads = 2}), points, nullptr, 17);
  ExpectPlain(NearestNeighbours(few, points, {.k = 300, .threads = 3}), few, &points, 37);
  const Tensor bytes = RandomBytes(4'500, 8, 16);
  ExpectPlain(NearestNeighbours(bytes, {.k = 1000, .threads = 3}), bytes, nullptr, 37);
}

#if !defined(HOURGLASS_SANITIZED)
// With `memory` bytes left, so that at least `saved` bytes lie on disk.
void ExpectEqualOnDisk(const Tensor& points, const Tensor* queries, const NeighbourOptions& options,
                       uint64_t memory, int64_t saved) {
  const auto find = [&] {
    return queries == nullptr ? NearestNeighbours(points, options)
                              : NearestNeighbours(points, *queries, options);
  };
  const Neighbours in_memory = find();
  const int64_t bytes = NeighbourBytes(points, options);
  const ScarceMemory scarce(memory);
  EXPECT_LE(NeighbourBytes(points, options), bytes - saved);
  const Neighbours on_disk = find();
  EXPECT_EQ(on_disk.indices, in_memory.indices);
  EXPECT_EQ(on_disk.distances, in_memory.distances);
}

TEST(Neighbours, OnDiskAreThoseInMemory) {
  ExpectEqualOnDisk(NormalFloats(3'500, 12, 17), nullptr, {.k = 1000, .threads = 2}, 50 << 20, 42'000'000);
}

TEST(Neighbours, OfPointsOnDiskAreThoseInMemory) {
  const Tensor points = RandomBytes(5'000, 1'100, 18), queries = RandomBytes(70, 1'100, 19);
  ExpectEqualOnDisk(points, nullptr, {.k = 5, .threads = 2}, 40 << 20, 5'500'000);
  ExpectEqualOnDisk(points, &queries, {.k = 5, .threads = 2}, 40 << 20, 5'500'000);
}

// Before anything is packed.
TEST(Neighbours, RefusesWhatFitsNeitherMemoryNorDisk) {
  const Tensor points = NormalFloats(3'500, 12, 17);
  const ScarceMemory scarce(20 << 20);
  const ScopedVariable folder("TMPDIR", "/no/such/folder");
  EXPECT_THAT(MessageOf(points, 1000), HasSubstr("not enough memory for this neighbour search"));
  EXPECT_THAT(MessageOf(points, 1000), HasSubstr("temporary files on disk"));
}
#endif

// Half of the points collapsed into one, as in codes after a ReLU; and all of them.
TEST(Neighbours, EqualPointsComeByIndex) {
  const Tensor unit = NormalFloats(700, 2, 11);
  const auto half = [&](int64_t p, int64_t e) { return p % 2 == 0 ? 0.0f : unit.data<float>()[2 * p + e]; };
  ExpectExact(Floats(700, 2, half), 50);
  ExpectExact(Floats(300, 2, [](int64_t, int64_t) { return 0.25f; }), 299);
  ExpectExact(Floats(300, 30, [](int64_t, int64_t) { return 0.25f; }), 20);
  ExpectExact(Bytes(300, 5, [](int64_t, int64_t) { return 9; }), 20);
}

// A collapsed code costs no more than any other: 100,000 equal points would be 10^10 distances.
TEST(Neighbours, ManyEqualPointsAreNoDisaster) {
  const Tensor points = Floats(100'000, 2, [](int64_t, int64_t) { return 1.0f; });
  const Neighbours found = NearestNeighbours(points, {.k = 3});
  EXPECT_THAT(found.Of(0), ElementsAre(1, 2, 3));
  EXPECT_THAT(found.Of(2), ElementsAre(0, 1, 3));
  EXPECT_THAT(found.Of(99'999), ElementsAre(0, 1, 2));
}

TEST(Neighbours, QueriesAmongOtherPoints) {
  const auto check = [](const Tensor& points, const Tensor& queries, int64_t k) {
    for (const Distance distance : kBoth) {
      const NeighbourOptions options = {.distance = distance, .k = k, .threads = 2};
      ExpectPlain(NearestNeighbours(points, queries, options), points, &queries);
    }
  };
  check(RandomBytes(300, 20, 12), RandomBytes(270, 20, 13), 9);
  check(NormalFloats(300, 20, 14), NormalFloats(10, 20, 15), 300);
  check(NormalFloats(300, 2, 16), NormalFloats(270, 2, 17), 30);
  const Tensor same = NormalFloats(50, 3, 18);
  check(same, same, 1);  // a query finds itself here
}

TEST(Neighbours, ThreadsAndInstructionSetsChangeNothing) {
  const Tensor bytes = RandomBytes(700, 50, 19, 3);
  const Tensor floats = NormalFloats(700, 20, 20, 5, 0.25f);
  for (const Tensor* points : {&bytes, &floats}) {
    for (const Distance distance : kBoth) {
      const Neighbours expected = NearestNeighbours(*points, {.distance = distance, .k = 25, .threads = 1});
      for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
        hwy::SetSupportedTargetsForTest(target);
        const Neighbours found = NearestNeighbours(*points, {.distance = distance, .k = 25, .threads = 3});
        EXPECT_EQ(found.indices, expected.indices) << hwy::TargetName(target);
        EXPECT_EQ(found.distances, expected.distances) << hwy::TargetName(target);
      }
      hwy::SetSupportedTargetsForTest(0);
    }
  }
}

TEST(Neighbours, ProgressRisesToOne) {
  for (const int64_t size : {2, 20}) {
    std::vector<double> shares;
    const Tensor points = NormalFloats(900, size, 21);
    NearestNeighbours(points,
                      {.k = 3, .threads = 2, .progress = [&](double share) { shares.push_back(share); }});
    ASSERT_FALSE(shares.empty());
    EXPECT_TRUE(std::ranges::is_sorted(shares));
    EXPECT_EQ(shares.back(), 1);
  }
}

TEST(Neighbours, RefusesWhatHasNoAnswer) {
  const Tensor five = RandomBytes(5, 4, 22);
  EXPECT_THAT(MessageOf(five, 5), HasSubstr("1 to 4"));
  EXPECT_THAT(MessageOf(five, 0), HasSubstr("1 to 4"));
  EXPECT_THAT(MessageOf(five, -3), HasSubstr("1 to 4"));
  EXPECT_THAT(MessageOf(RandomBytes(1, 4, 23), 1), HasSubstr("single point"));
  EXPECT_THAT(MessageOf(RandomBytes(1500, 1, 24), 1001), HasSubstr("1 to 1000"));
  EXPECT_THAT(MessageOf(Bytes(3, 33'001, [](int64_t, int64_t) { return 0; }), 1), HasSubstr("33,000"));
  EXPECT_THAT(MessageOf(Bytes(3, 128 * 128 * 3, [](int64_t, int64_t) { return 0; }), 1),
              HasSubstr("make the images smaller"));
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const Tensor points = Floats(4, 2, [&](int64_t p, int64_t e) { return p == 2 && e == 1 ? bad : 1.0f; });
    EXPECT_THAT(MessageOf(points, 1), HasSubstr("element 1 of point 2"));
  }
}

TEST(Neighbours, RefusesQueriesOfAnotherKind) {
  const Tensor points = RandomBytes(5, 4, 25);
  EXPECT_THROW(NearestNeighbours(points, RandomBytes(5, 3, 26), {.k = 1}), Error);
  EXPECT_THROW(NearestNeighbours(points, NormalFloats(5, 4, 27), {.k = 1}), Error);
}

}  // namespace
}  // namespace hourglass::test
