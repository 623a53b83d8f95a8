#include "hourglass/train/edge_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "hourglass/core/error.h"
#include "support/random.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

using Edge = std::pair<int64_t, int64_t>;

NeighbourGraph Graph(int64_t n) {
  return SymmetricGraph(
      NearestNeighbours(test::RandomTensor({n, 2}, DType::kF32, 1), {.k = 3, .threads = 1}));
}

// The ids are 100 times the points.
EdgeSampler MakeEdgeSampler(int64_t n, int64_t batch, uint64_t seed = 1) {
  std::vector<int64_t> ids;
  for (int64_t i = 0; i < n; ++i) ids.push_back(100 * i);
  return {Graph(n), {.seed = seed, .batch = batch, .ids = ids}};
}

// The edges of an epoch, by id; checks the batches' form.
std::vector<Edge> EdgesOf(EdgeSampler& sampler, int64_t epoch, size_t batch) {
  std::vector<Edge> edges;
  sampler.Begin(epoch);
  for (SampledImages images; !(images = sampler.Next()).ids.empty();) {
    const size_t rows = images.ids.size();
    EXPECT_LE(rows, batch);
    EXPECT_EQ(rows % 2, 0u);
    EXPECT_EQ(images.partners.size(), rows);
    for (size_t row = 0; row < rows; ++row) {
      EXPECT_EQ(static_cast<size_t>(images.partners[row]), (row + rows / 2) % rows);
    }
    for (size_t row = 0; row < rows / 2; ++row)
      edges.emplace_back(images.ids[row], images.ids[row + rows / 2]);
  }
  EXPECT_EQ(static_cast<int64_t>(2 * edges.size()), sampler.images());
  return edges;
}

TEST(EdgeSampler, IsAPureFunctionOfSeedAndEpoch) {
  EdgeSampler one = MakeEdgeSampler(50, 8), other = MakeEdgeSampler(50, 20);
  const std::vector<Edge> first = EdgesOf(one, 1, 8), second = EdgesOf(one, 2, 8);
  EXPECT_EQ(EdgesOf(other, 2, 20), second);
  EXPECT_EQ(EdgesOf(other, 1, 20), first);
  EXPECT_NE(first, second);
  EdgeSampler seeded = MakeEdgeSampler(50, 8, 2);
  EXPECT_NE(EdgesOf(seeded, 1, 8), first);
}

TEST(EdgeSampler, EveryImageComesFirstEquallyOften) {
  for (const int64_t n : {50, 51}) {
    EdgeSampler sampler = MakeEdgeSampler(n, 16);
    EXPECT_EQ(sampler.images(), 50);
    std::map<int64_t, int64_t> counts;
    for (int64_t epoch = 1; epoch <= 2 * n; ++epoch) {
      for (const Edge& edge : EdgesOf(sampler, epoch, 16)) ++counts[edge.first];
      int64_t least = epoch, most = 0;
      for (int64_t i = 0; i < n; ++i) {
        least = std::min(least, counts[100 * i]);
        most = std::max(most, counts[100 * i]);
      }
      EXPECT_LE(most - least, 1) << "after epoch " << epoch;
    }
    EXPECT_EQ(counts[0], 50);  // 2n epochs of 25 edges
  }
}

TEST(EdgeSampler, DrawsEveryEdgeOfTheGraphAndNoOther) {
  const NeighbourGraph graph = Graph(20);
  EdgeSampler sampler = MakeEdgeSampler(20, 6);
  std::set<Edge> drawn, all;
  for (int64_t epoch = 1; epoch <= 300; ++epoch) {
    for (const Edge& edge : EdgesOf(sampler, epoch, 6)) drawn.insert(edge);
  }
  for (int64_t i = 0; i < 20; ++i) {
    for (const uint32_t j : graph.Of(i)) all.emplace(100 * i, 100 * int64_t{j});
  }
  EXPECT_EQ(drawn, all);
}

TEST(EdgeSampler, RefusesSizesThatDoNotFit) {
  test::ExpectUsageErrors({{"batch of edges", [] { MakeEdgeSampler(20, 1); }},
                           {"number of ids",
                            [] {
                              EdgeSampler(Graph(20), {.seed = 1, .batch = 4, .ids = {1, 2}});
                            }},
                           {"epoch", [] { MakeEdgeSampler(20, 4).Begin(0); }}});
}

TEST(ImageSampler, VisitsTheChosenImagesOnce) {
  const std::vector<int64_t> chosen = TrainedImages(1, 100, 8, 3);
  EXPECT_EQ(chosen.size(), 24u);
  EXPECT_EQ(chosen, TrainedImages(1, 100, 8, 3));
  EXPECT_EQ(TrainedImages(1, 100, 8, 0).size(), 100u);
  EXPECT_EQ(TrainedImages(1, 100, 8, 13).size(), 100u);
  ImageSampler sampler({.seed = 1, .batch = 10, .ids = chosen, .parameters = 5});
  EXPECT_EQ(sampler.images(), 24);
  sampler.Begin(3);
  std::vector<int64_t> ids;
  for (SampledImages images; !(images = sampler.Next()).ids.empty();) {
    ids.insert(ids.end(), images.ids.begin(), images.ids.end());
    EXPECT_TRUE(images.partners.empty());
  }
  EXPECT_THAT(ids, testing::UnorderedElementsAreArray(chosen));
}

}  // namespace
}  // namespace hourglass
