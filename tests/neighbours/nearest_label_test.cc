// Labels by nearest neighbours, compared with a search in plain loops.
#include "hourglass/neighbours/nearest_label.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "hourglass/core/error.h"
#include "hourglass/core/rng.h"

namespace hourglass {
namespace {

using ::testing::ElementsAre;

InMemoryDataset Random(uint64_t seed, int64_t count, bool labelled) {
  const Rng rng(seed, Stream::kPick);
  Tensor images(Shape{count, 1, 3, 3}, DType::kU8);
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < count; ++i) {
    for (uint32_t p = 0; p < 9; ++p) {
      images.data<uint8_t>()[9 * i + p] =
          static_cast<uint8_t>(rng.Below(256, 0, static_cast<uint64_t>(i), p));
    }
    if (labelled) labels.push_back(1000 * static_cast<int32_t>(rng.Below(4, 1, static_cast<uint64_t>(i), 0)));
  }
  return {std::move(images), std::move(labels)};
}

int32_t LabelInPlainLoops(const InMemoryDataset& reference, const uint8_t* query, int k) {
  std::vector<int> distances;
  for (int64_t i = 0; i < reference.size(); ++i) {
    int distance = 0;
    for (int p = 0; p < 9; ++p) {
      const int difference = reference.images().data<uint8_t>()[9 * i + p] - query[p];
      distance += difference * difference;
    }
    distances.push_back(distance);
  }
  std::vector<size_t> order(distances.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return distances[a] < distances[b]; });
  std::map<int32_t, int> votes;
  for (int i = 0; i < k; ++i) ++votes[reference.labels()[order[static_cast<size_t>(i)]]];
  int32_t best = reference.labels()[order[0]];
  for (int i = 0; i < k; ++i) {
    const int32_t label = reference.labels()[order[static_cast<size_t>(i)]];
    if (votes[label] > votes[best]) best = label;
  }
  return best;
}

// More references than one block of the search holds.
TEST(NearestLabelTest, AgreesWithPlainLoops) {
  const InMemoryDataset reference = Random(1, 5000, true);
  const InMemoryDataset queries = Random(2, 150, false);
  for (const int k : {1, 5}) {
    const auto labels = LabelByNeighbours(reference, queries, k);
    ASSERT_EQ(labels.size(), 150u);
    for (size_t i = 0; i < labels.size(); ++i) {
      EXPECT_EQ(labels[i], LabelInPlainLoops(reference, queries.images().data<uint8_t>() + 9 * i, k)) << i;
    }
  }
}

InMemoryDataset Pixels(std::vector<uint8_t> pixels, std::vector<int32_t> labels) {
  Tensor images(Shape{static_cast<int64_t>(pixels.size()), 1, 1, 1}, DType::kU8);
  std::copy(pixels.begin(), pixels.end(), images.data<uint8_t>());
  return {std::move(images), std::move(labels)};
}

TEST(NearestLabelTest, BreaksTiesByIndexAndByNearness) {
  const InMemoryDataset query = Pixels({100}, {});
  EXPECT_THAT(LabelByNeighbours(Pixels({102, 98, 98}, {7, 8, 9}), query, 1), ElementsAre(7));
  EXPECT_THAT(LabelByNeighbours(Pixels({110, 101, 120}, {7, 8, 9}), query, 3), ElementsAre(8));
  EXPECT_THAT(LabelByNeighbours(Pixels({110, 101, 120}, {7, 8, 7}), query, 3), ElementsAre(7));
}

// More classes than a byte can count, and as many as there are points.
TEST(NearestLabelTest, AnyNumberOfClasses) {
  const InMemoryDataset query = Pixels({100}, {});
  EXPECT_THAT(LabelByNeighbours(Pixels({110, 101, 120}, {2147483647, 258, 2}), query, 3), ElementsAre(258));
  EXPECT_THAT(LabelByNeighbours(Pixels({110, 101, 120}, {258, 2, 258}), query, 3), ElementsAre(258));
  std::vector<int32_t> labels(2000);
  std::iota(labels.begin(), labels.end(), 5000);
  const std::vector<uint8_t> pixels(labels.size(), 100);
  EXPECT_THAT(LabelByNeighbours(Pixels(pixels, labels), query, 50), ElementsAre(5000));
}

TEST(NearestLabelTest, RefusesDataThatCannotJudge) {
  const InMemoryDataset query = Pixels({100}, {});
  EXPECT_THROW(LabelByNeighbours(Pixels({1, 2}, {}), query, 1), Error);
  EXPECT_THROW(LabelByNeighbours(Pixels({1, 2}, {1, 2}), query, 3), Error);
  EXPECT_THROW(LabelByNeighbours(Random(1, 5, true), query, 1), Error);
}

}  // namespace
}  // namespace hourglass
