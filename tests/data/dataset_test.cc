// Data sets in memory, and what is counted in them.
#include "hourglass/data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "hourglass/core/error.h"
#include "hourglass/data/statistics.h"

namespace hourglass {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

InMemoryDataset Counting(int64_t count, std::vector<uint8_t> labels) {
  Tensor images(Shape{count, 1, 2, 2}, DType::kU8);
  std::iota(images.data<uint8_t>(), images.data<uint8_t>() + images.size(), uint8_t{0});
  return {std::move(images), std::move(labels)};
}

TEST(DatasetTest, ReadsRowsInTheOrderAskedFor) {
  const InMemoryDataset data = Counting(5, {});
  Tensor batch;
  data.Read(std::vector<int64_t>{3, 0, 3}, batch);
  ASSERT_EQ(batch.shape(), (Shape{3, 1, 2, 2}));
  EXPECT_THAT(batch.span<uint8_t>(), ElementsAre(12, 13, 14, 15, 0, 1, 2, 3, 12, 13, 14, 15));
}

TEST(DatasetTest, RefusesLabelsOfAnotherNumber) {
  EXPECT_THROW(Counting(5, {1, 2}), Error);
}

TEST(DatasetTest, ReadsPixelsBetweenZeroAndOne) {
  Tensor images(Shape{2, 1, 1, 2}, DType::kU8);
  const std::vector<uint8_t> bytes = {0, 255, 51, 102};
  std::copy(bytes.begin(), bytes.end(), images.data<uint8_t>());
  const InMemoryDataset data(std::move(images), {});
  EXPECT_THAT(ReadPixels(data, {}).span<float>(), ElementsAre(0.0F, 1.0F, 0.2F, 0.4F));
  EXPECT_THAT(ReadPixels(data, std::vector<int64_t>{1}).span<float>(), ElementsAre(0.2F, 0.4F));
}

TEST(DatasetTest, CountsPixelsAndLabels) {
  const DatasetStatistics statistics = ComputeStatistics(Counting(4, {7, 1, 7, 200}));
  EXPECT_NEAR(statistics.mean, 7.5 / 255, 1e-12);
  EXPECT_NEAR(statistics.standard_deviation, std::sqrt(21.25) / 255, 1e-12);
  EXPECT_EQ(statistics.background, 1.0 / 16);
  EXPECT_EQ(statistics.lowest, 0);
  EXPECT_EQ(statistics.highest, 15);
  EXPECT_THAT(statistics.label_counts, ElementsAre(Pair(1, 1), Pair(7, 2), Pair(200, 1)));
}

TEST(DatasetTest, FindsTheFirstImagesOfEachLabel) {
  EXPECT_THAT(FirstIdsByLabel(Counting(6, {3, 1, 3, 3, 1, 9}), 2),
              ElementsAre(Pair(1, ElementsAre(1, 4)), Pair(3, ElementsAre(0, 2)), Pair(9, ElementsAre(5))));
}

}  // namespace
}  // namespace hourglass
