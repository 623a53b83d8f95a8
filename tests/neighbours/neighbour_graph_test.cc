#include "hourglass/neighbours/neighbour_graph.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/random.h"

namespace hourglass {
namespace {

bool Contains(std::span<const uint32_t> row, int64_t point) {
  return std::ranges::find(row, static_cast<uint32_t>(point)) != row.end();
}

TEST(NeighbourGraph, JoinsPointsOfWhichOneIsANeighbourOfTheOther) {
  const Neighbours neighbours =
      NearestNeighbours(test::RandomTensor({120, 3}, DType::kF32, 1), {.k = 4, .threads = 1});
  const NeighbourGraph graph = SymmetricGraph(neighbours);
  ASSERT_EQ(graph.size(), 120);
  for (int64_t i = 0; i < 120; ++i) {
    EXPECT_TRUE(std::ranges::is_sorted(graph.Of(i)));
    EXPECT_EQ(std::ranges::adjacent_find(graph.Of(i)), graph.Of(i).end());
    for (int64_t j = 0; j < 120; ++j) {
      EXPECT_EQ(Contains(graph.Of(i), j), Contains(neighbours.Of(i), j) || Contains(neighbours.Of(j), i))
          << i << " " << j;
    }
  }
}

// All equal points have the same nearest ones, those of lowest index.
TEST(NeighbourGraph, OfManyEqualPointsHasNoLoops) {
  const NeighbourGraph graph =
      SymmetricGraph(NearestNeighbours(test::Filled({3000, 2}, DType::kF32, 1), {.k = 15, .threads = 1}));
  for (int64_t i = 0; i < 3000; ++i) {
    EXPECT_FALSE(Contains(graph.Of(i), i));
    EXPECT_GE(graph.Of(i).size(), 15u);
  }
  EXPECT_EQ(graph.Of(0).size(), 2999u);
}

}  // namespace
}  // namespace hourglass
