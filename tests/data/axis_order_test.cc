// The axis order of image files, and how it is guessed.
#include "hourglass/data/axis_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

// Every pixel of image (n, c, h, w) is at the place where `order` stores it.
void ExpectArranged(AxisOrder order, const std::vector<int64_t>& stored_as) {
  constexpr int64_t kN = 2, kC = 3, kH = 4, kW = 5;
  const int64_t sizes[] = {kC, kH, kW};
  Tensor images({kN, sizes[stored_as[0]], sizes[stored_as[1]], sizes[stored_as[2]]}, DType::kU8);
  auto* pixel = images.data<uint8_t>();
  int64_t at[3] = {};  // c, h, w
  for (int64_t n = 0; n < kN; ++n) {
    for (at[stored_as[0]] = 0; at[stored_as[0]] < sizes[stored_as[0]]; ++at[stored_as[0]]) {
      for (at[stored_as[1]] = 0; at[stored_as[1]] < sizes[stored_as[1]]; ++at[stored_as[1]]) {
        for (at[stored_as[2]] = 0; at[stored_as[2]] < sizes[stored_as[2]]; ++at[stored_as[2]]) {
          *pixel++ = static_cast<uint8_t>(((n * kC + at[0]) * kH + at[1]) * kW + at[2]);
        }
      }
    }
  }
  ArrangeAxes(images, order);
  ASSERT_EQ(images.shape(), (Shape{kN, kC, kH, kW})) << Name(order);
  std::vector<uint8_t> expected(static_cast<size_t>(images.size()));
  std::iota(expected.begin(), expected.end(), uint8_t{0});
  EXPECT_THAT(images.span<uint8_t>(), ElementsAreArray(expected)) << Name(order);
}

TEST(AxisOrderTest, MovesEveryOrderToChannelsFirst) {
  ExpectArranged(AxisOrder::kCHW, {0, 1, 2});
  ExpectArranged(AxisOrder::kHWC, {1, 2, 0});
  ExpectArranged(AxisOrder::kCWH, {0, 2, 1});
  ExpectArranged(AxisOrder::kWHC, {2, 1, 0});
}

TEST(AxisOrderTest, GreyImagesAreOnlyTransposed) {
  for (const AxisOrder order : {AxisOrder::kCHW, AxisOrder::kHWC}) {
    Tensor images({1, 2, 3}, DType::kU8);
    std::iota(images.data<uint8_t>(), images.data<uint8_t>() + 6, uint8_t{0});
    ArrangeAxes(images, order);
    EXPECT_EQ(images.shape(), (Shape{1, 1, 2, 3}));
    EXPECT_THAT(images.span<uint8_t>(), ElementsAreArray({0, 1, 2, 3, 4, 5}));
  }
  for (const AxisOrder order : {AxisOrder::kCWH, AxisOrder::kWHC}) {
    Tensor images({1, 2, 3}, DType::kU8);
    std::iota(images.data<uint8_t>(), images.data<uint8_t>() + 6, uint8_t{0});
    ArrangeAxes(images, order);
    EXPECT_EQ(images.shape(), (Shape{1, 1, 3, 2}));
    EXPECT_THAT(images.span<uint8_t>(), ElementsAreArray({0, 3, 1, 4, 2, 5}));
  }
}

TEST(AxisOrderTest, GuessesByTheNumberOfChannelsAndTheName) {
  const auto guess = [](const std::vector<int64_t>& sizes, const char* name = "train-images-idx4-ubyte") {
    return GuessAxisOrder(sizes, name).order;
  };
  EXPECT_EQ(guess({9, 28, 28}), AxisOrder::kCHW);
  EXPECT_EQ(guess({9, 28, 3}), AxisOrder::kCHW);
  EXPECT_EQ(guess({9, 3, 32, 32}), AxisOrder::kCHW);
  EXPECT_EQ(guess({9, 16, 16, 3}), AxisOrder::kHWC);
  EXPECT_EQ(guess({9, 16, 16, 1}), AxisOrder::kHWC);
  EXPECT_EQ(guess({9, 16, 16, 4}), AxisOrder::kHWC);
  EXPECT_EQ(guess({9, 16, 16, 2}), AxisOrder::kCHW);
  EXPECT_EQ(guess({9, 3, 16, 3}), AxisOrder::kCHW);
  EXPECT_EQ(guess({9, 28, 28}, "emnist-letters-train-images-idx3-ubyte.gz"), AxisOrder::kCWH);
  EXPECT_EQ(guess({9, 28, 28, 1}, "emnist-x"), AxisOrder::kWHC);
  EXPECT_EQ(guess({9, 28, 28}, "my-emnist-images"), AxisOrder::kCHW);
  EXPECT_THAT(GuessAxisOrder(std::vector<int64_t>{9, 16, 8, 3}, "x").reason, HasSubstr("[9, 16, 8, 3]"));
  EXPECT_EQ(GuessAxisOrder(std::vector<int64_t>{9, 3, 8, 8}, "x").reason, "");
}

TEST(AxisOrderTest, HasNames) {
  for (const std::string& name : AxisOrderNames()) EXPECT_EQ(Name(ParseAxisOrder(name)), name);
  EXPECT_THROW(ParseAxisOrder("hcw"), Error);
}

}  // namespace
}  // namespace hourglass
