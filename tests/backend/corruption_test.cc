// The notation of corruptions, and their effect on an image.
#include "hourglass/backend/corruption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "hourglass/backend/backend.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "support/random.h"

namespace hourglass::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string RefusalOf(std::string_view text) {
  try {
    ParseCorruption(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  ADD_FAILURE() << text << " was not refused";
  return "";
}

TEST(Corruption, TextRoundTripsToTheBit) {
  const Corruption all[] = {{},
                            {CorruptionKind::kGaussian, 0.6},
                            {CorruptionKind::kGaussian, 1.0 / 3},
                            {CorruptionKind::kOcclusion, 0.1 + 0.2},
                            {CorruptionKind::kSaltPepper, 1e-9},
                            {CorruptionKind::kMasking, 0}};
  for (const Corruption& corruption : all) EXPECT_EQ(ParseCorruption(ToString(corruption)), corruption);
  EXPECT_EQ(ToString(ParseCorruption("gaussian:0.60")), "gaussian:0.6");
  EXPECT_EQ(ParseCorruption("none"), Corruption());
}

TEST(Corruption, BadTextIsRefusedWithAHint) {
  EXPECT_THAT(RefusalOf("gausian:0.5"), AllOf(HasSubstr("'gausian'"), HasSubstr("'gaussian'")));
  EXPECT_THAT(RefusalOf("noise"), AllOf(HasSubstr("'noise'"), HasSubstr("KIND:AMOUNT")));
  EXPECT_THAT(RefusalOf(""), HasSubstr("KIND:AMOUNT"));
  EXPECT_THAT(RefusalOf("gaussian"), HasSubstr("gaussian:0.5"));
  for (const char* text :
       {"gaussian:", "gaussian:x", "gaussian:0.5x", "gaussian: 0.5", "gaussian:0,5", "masking:0.5:1"})
    EXPECT_THAT(RefusalOf(text), HasSubstr("not a number")) << text;
  for (const char* text : {"gaussian:-0.1", "gaussian:101", "gaussian:nan", "gaussian:inf"})
    EXPECT_THAT(RefusalOf(text), HasSubstr("from 0 to 100")) << text;
  for (const char* text : {"occlusion:1", "masking:-0.1", "salt_pepper:1.5", "masking:nan"})
    EXPECT_THAT(RefusalOf(text), HasSubstr("from 0 to below 1")) << text;
}

TEST(Corruption, TheSquareHasTheShareOfTheAreaAndFitsIn) {
  EXPECT_EQ(OcclusionSide(0.25, 28, 28), 14);
  EXPECT_EQ(OcclusionSide(0.1, 28, 28), 9);
  EXPECT_EQ(OcclusionSide(0, 28, 28), 0);
  EXPECT_EQ(OcclusionSide(0.9, 4, 100), 4);  // no larger square fits
  EXPECT_EQ(OcclusionSide(0.9, 1, 1), 1);
}

// 500 corrupted images of 8 x 9 with two channels; all pixels were 0.5.
Tensor CorruptedGray(const char* corruption) {
  Tensor x = Filled({500, 2, 8, 9}, DType::kF32, 0.5F);
  std::vector<int64_t> ids(500);
  std::iota(ids.begin(), ids.end(), 0);
  MakeBackend({.threads = 2})->Corrupt(ParseCorruption(corruption), Rng(1, Stream::kNoise), 1, ids, x);
  return x;
}

double ShareOf(const Tensor& x, float value) {
  return static_cast<double>(std::ranges::count(x.span<float>(), value)) / static_cast<double>(x.size());
}

TEST(Corruption, PixelsAreReplacedInTheShareAskedForAndInAllChannels) {
  const Tensor masked = CorruptedGray("masking:0.3"), seasoned = CorruptedGray("salt_pepper:0.3");
  // 36,000 pixels: a standard error of .0024.
  EXPECT_NEAR(ShareOf(masked, 0), 0.3, 0.012);
  EXPECT_NEAR(ShareOf(masked, 0.5F), 0.7, 0.012);
  EXPECT_NEAR(ShareOf(seasoned, 0), 0.15, 0.01);
  EXPECT_NEAR(ShareOf(seasoned, 1), 0.15, 0.01);
  EXPECT_NEAR(ShareOf(seasoned, 0.5F), 0.7, 0.012);
  for (const Tensor* x : {&masked, &seasoned}) {
    for (int64_t i = 0; i < x->rows(); ++i) {
      const auto image = x->Rows(i, 1);
      const float* pixel = image.data<float>();
      EXPECT_TRUE(std::equal(pixel, pixel + 72, pixel + 72));
    }
  }
}

// A 4 x 4 square in 8 x 9 has 5 x 6 positions, and all of them occur.
TEST(Corruption, OcclusionIsASquareAtAnyPlace) {
  const Tensor x = CorruptedGray("occlusion:0.22");
  std::vector<int> places(30, 0);
  for (int64_t i = 0; i < x.rows(); ++i) {
    const auto image = x.Rows(i, 1);
    const float* pixel = image.data<float>();
    const auto first = std::find(pixel, pixel + 72, 0.0F) - pixel;
    ASSERT_LE(first / 9, 4);
    ASSERT_LE(first % 9, 5);
    ++places[static_cast<size_t>(first / 9 * 6 + first % 9)];
    for (int64_t p = 0; p < 144; ++p) {
      const int64_t row = p % 72 / 9 - first / 9, column = p % 9 - first % 9;
      const bool inside = row >= 0 && row < 4 && column >= 0 && column < 4;
      EXPECT_EQ(pixel[p], inside ? 0.0F : 0.5F);
    }
  }
  EXPECT_THAT(places, ::testing::Each(::testing::Gt(3)));  // about 17 each
}

TEST(Corruption, OfAmountZeroChangesNothing) {
  for (const char* text : {"none", "gaussian:0", "occlusion:0", "salt_pepper:0", "masking:0"})
    EXPECT_EQ(ShareOf(CorruptedGray(text), 0.5F), 1) << text;
}

}  // namespace
}  // namespace hourglass::test
