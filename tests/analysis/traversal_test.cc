#include "hourglass/analysis/traversal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

using testing::ElementsAre;

CodeUnits Units() {
  CodeUnits codes;
  codes.units = {{.min = -1, .max = 1, .mean = 0, .variance = 0.25},
                 {.min = 0, .max = 9, .mean = 3, .variance = 4},
                 {.min = 2, .max = 2, .mean = 2, .variance = 0}};
  return codes;
}

TEST(Traversal, VariesOneNumberAndKeepsTheOthersAtTheirMeans) {
  const Traversal traversal = Traverse(Units(), 3, 2);
  EXPECT_THAT(traversal.numbers, ElementsAre(1, 0));  // the largest variance first
  EXPECT_THAT(traversal.steps, ElementsAre(-2.5, 0, 2.5));
  EXPECT_THAT(std::vector<float>(traversal.codes.span<float>().begin(), traversal.codes.span<float>().end()),
              ElementsAre(0, -2, 2, 0, 3, 2, 0, 8, 2, -1.25, 3, 2, 0, 3, 2, 1.25, 3, 2));
}

TEST(Traversal, NumbersThatNeverChangeAreLeftOut) {
  const Traversal traversal = Traverse(Units(), 3, 9);
  EXPECT_THAT(traversal.numbers, ElementsAre(1, 0));
  EXPECT_EQ(traversal.constant, 1);
  CodeUnits rounded = Units();
  rounded.units[2].variance = 1e-17;  // what rounding leaves of a mean of squares
  EXPECT_THAT(Traverse(rounded, 3, 9).numbers, ElementsAre(1, 0));
  CodeUnits constant;
  constant.units = {{.mean = 2}, {.mean = 3}};
  EXPECT_THAT(Traverse(constant, 3, 9).numbers, ElementsAre(0, 1)) << "if they are not alone";
}

TEST(Traversal, TheOthersCanStayAsTheyAreForAnImage) {
  Tensor code({1, 3});
  std::ranges::copy(std::vector<float>{1, 10, 5}, code.data<float>());
  std::optional<ImageCode> image = ImageCode{.id = 17, .code = std::move(code)};
  const Traversal traversal = Traverse(Units(), 3, 1, image);
  EXPECT_EQ(traversal.image, 17);
  EXPECT_THAT(std::vector<float>(traversal.codes.span<float>().begin(), traversal.codes.span<float>().end()),
              ElementsAre(1, 5, 5, 1, 10, 5, 1, 15, 5));
  image->code = Tensor({1, 2});
  EXPECT_THROW(Traverse(Units(), 3, 1, image), Error);
}

TEST(Traversal, NumbersOfAGaussianAreSortedByTheirDivergence) {
  CodeUnits codes = Units();
  codes.units[0].divergence = 0.1;
  codes.units[1].divergence = 0.2;
  codes.units[2].divergence = 3;
  codes.units[2].max = 3;
  EXPECT_THAT(Traverse(codes, 2, 9).numbers, ElementsAre(2, 1, 0));
}

TEST(Traversal, ARectifiedCodeIsNotNegative) {
  CodeUnits codes = Units();
  codes.rectified = true;
  const Traversal traversal = Traverse(codes, 5, 3);
  for (const float z : traversal.codes.span<float>()) EXPECT_GE(z, 0);
}

TEST(Traversal, RefusesWhatItCannotVary) {
  EXPECT_THROW(Traverse(Units(), 1, 3), Error);
  EXPECT_THROW(Traverse(Units(), 3, 0), Error);
  CodeUnits codes = Units();
  EXPECT_TRUE(AreFinite(codes));
  codes.units[1].mean = NAN;
  EXPECT_FALSE(AreFinite(codes));
  EXPECT_THROW(Traverse(codes, 3, 3), Error);
}

}  // namespace
}  // namespace hourglass
