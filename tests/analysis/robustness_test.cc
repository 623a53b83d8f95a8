#include "hourglass/analysis/robustness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "hourglass/analysis/evaluation.h"
#include "hourglass/analysis/interpolation.h"
#include "hourglass/analysis/trained_model.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "support/random.h"
#include "support/tiny_images.h"
#include "support/tiny_model.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pointwise;

class RobustnessTest : public testing::Test {
 protected:
  Robustness RobustnessTo(CorruptionKind kind, const std::vector<double>& amounts,
                          const PixelCovariance* covariance = nullptr) {
    const LabelledModel models[] = {{"a", first_.session.get()}, {"b", second_.session.get()}};
    return MeasureRobustness(models, *data_, kind, amounts, 5, covariance);
  }

  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 2});
  test::TestModel first_ = test::TinyModel(*backend_, 3, 1), second_ = test::TinyModel(*backend_, 2, 2);
  std::shared_ptr<InMemoryDataset> data_ = test::TinyImages(500, 0, test::Scrambled);
};

TEST_F(RobustnessTest, EveryModelAnswersTheSameCorruptedImages) {
  for (const CorruptionKind kind : {CorruptionKind::kGaussian, CorruptionKind::kOcclusion,
                                    CorruptionKind::kSaltPepper, CorruptionKind::kMasking}) {
    const Robustness result = RobustnessTo(kind, {0, 0.3, 0.6});
    ASSERT_EQ(result.models.size(), 2u);
    for (size_t i = 0; i < 3; ++i) {
      const EvaluationOptions options{.corruption = {kind, result.amounts[i]}, .seed = 5};
      EXPECT_NEAR(result.models[0].points[i].mse, ReconstructionError(first_, *data_, options), 1e-6);
      EXPECT_NEAR(result.models[1].points[i].mse, ReconstructionError(second_, *data_, options), 1e-6);
      EXPECT_NEAR(result.models[0].points[i].psnr, -10 * std::log10(result.models[0].points[i].mse), 1e-9);
    }
    EXPECT_EQ(result.corrupted.points[0].mse, 0);
    EXPECT_NEAR(result.corrupted.points[0].ssim, 1, 1e-6);
    EXPECT_LT(result.corrupted.points[2].ssim, result.corrupted.points[1].ssim);
    EXPECT_FALSE(result.wiener.has_value());
  }
}

TEST_F(RobustnessTest, DoingNothingCostsTheNoise) {
  const Robustness result = RobustnessTo(CorruptionKind::kGaussian, {0.2, 1});
  EXPECT_NEAR(result.corrupted.points[0].mse, 0.04, 0.003);
  // The same noise, scaled.
  EXPECT_NEAR(result.corrupted.points[1].mse, 25 * result.corrupted.points[0].mse, 1e-5);
}

TEST_F(RobustnessTest, TheWienerFilterStandsBesideGaussianNoiseAlone) {
  const PixelCovariance covariance(*backend_, *data_);
  const Robustness result = RobustnessTo(CorruptionKind::kGaussian, {0, 0.2, 0.5}, &covariance);
  ASSERT_TRUE(result.wiener.has_value());
  EXPECT_NEAR(result.wiener->points[0].mse, 0, 1e-9);
  EXPECT_LT(result.wiener->points[2].mse, result.corrupted.points[2].mse);
  EXPECT_FALSE(RobustnessTo(CorruptionKind::kMasking, {0.5}, &covariance).wiener.has_value());
}

TEST_F(RobustnessTest, ImpossibleQuestionsAreRefused) {
  EXPECT_THROW(RobustnessTo(CorruptionKind::kGaussian, {}), Error);
  EXPECT_THROW(RobustnessTo(CorruptionKind::kMasking, {0.5, 1}), Error);
  EXPECT_THROW(RobustnessTo(CorruptionKind::kGaussian, {-0.1}), Error);
  EXPECT_THROW(RobustnessTo(CorruptionKind::kGaussian, {std::nan("")}), Error);
  data_ = std::make_shared<InMemoryDataset>(Tensor({3, 1, 5, 5}, DType::kU8), std::vector<int32_t>());
  EXPECT_THROW(RobustnessTo(CorruptionKind::kGaussian, {0.1}), Error);
}

// One pixel wide: the square covers one of the two pixels, or none.
TEST_F(RobustnessTest, TheSmallestImagesWork) {
  const test::TestModel model(MakeArchitecture("mlp4", {1, 2, 1}, 1), *backend_, 1);
  const InMemoryDataset dots(test::RandomTensor({7, 1, 2, 1}, DType::kU8, 1), {});
  const LabelledModel models[] = {{"dots", model.session.get()}};
  for (const CorruptionKind kind : {CorruptionKind::kGaussian, CorruptionKind::kOcclusion}) {
    const Robustness result = MeasureRobustness(models, dots, kind, DefaultAmounts(kind), 0, nullptr);
    for (const Quality& quality : result.models[0].points) EXPECT_TRUE(std::isfinite(quality.ssim));
  }
}

TEST_F(RobustnessTest, JsonHasEveryCurveAndItsFits) {
  const Json json = ToJson(RobustnessTo(CorruptionKind::kGaussian, {0, 0.2, 0.4, 0.6, 0.8}));
  EXPECT_EQ(json["corruption"], "gaussian");
  EXPECT_TRUE(json["corrupted"]["psnr"][0].is_null());  // infinite
  EXPECT_EQ(json["models"][1]["label"], "b");
  EXPECT_EQ(json["models"][1]["mse"].size(), 5u);
  EXPECT_EQ(json["models"][1]["fits"].size(), 3u);
  EXPECT_TRUE(json["models"][1]["best_fit"].is_string());
}

std::string RefusalOf(std::string_view text) {
  try {
    ParseAmounts(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  ADD_FAILURE() << text << " was not refused";
  return "";
}

TEST(Amounts, GridsHoldBothEndsAndListsAreTakenAsTheyAre) {
  EXPECT_THAT(ParseAmounts("0:1:0.25"), ElementsAre(0, 0.25, 0.5, 0.75, 1));
  EXPECT_THAT(ParseAmounts("0:0.5:0.2"), ElementsAre(0, 0.2, 0.4));
  EXPECT_THAT(ParseAmounts("0.3:0.3:1"), ElementsAre(0.3));
  EXPECT_THAT(ParseAmounts("0,0.2,0.5"), ElementsAre(0, 0.2, 0.5));
  EXPECT_EQ(ParseAmounts("0:1:0.1"), DefaultAmounts(CorruptionKind::kGaussian));
  EXPECT_EQ(ParseAmounts("0:1:0.1")[3], 0.3);
  EXPECT_EQ(DefaultAmounts(CorruptionKind::kOcclusion).back(), 0.9);
}

TEST(Amounts, WhatIsNoGridAndNoListIsRefused) {
  for (const char* text :
       {"", "x", "0:1", "0:1:0.1:2", "0:1:", ":1:0.1", "0,,1", "0,1,", "0;1", "nan", "0:inf:1"})
    EXPECT_THAT(RefusalOf(text), HasSubstr("FIRST:LAST:STEP")) << text;
  for (const char* text : {"0:1:0", "0:1:-0.1", "1:0:0.1"})
    EXPECT_THAT(RefusalOf(text), HasSubstr("is empty"));
  for (const char* text : {"0:1:1e-300", "0:100:0.01"})
    EXPECT_THAT(RefusalOf(text), HasSubstr("more than 1000"));
  for (const char* text : {"0.5,0.2", "0.2,0.2"})
    EXPECT_THAT(RefusalOf(text), HasSubstr("not in ascending order"));
}

TEST_F(RobustnessTest, ImpossibleQuestionsAreUsageErrors) {
  const Pca pca(*backend_, *data_, 3);
  const Tensor images = ReadPixels(*data_, std::vector<int64_t>{0, 1, 2}), wide({3, 1, 4, 5});
  const std::vector<double> two(2), three(3), amounts = {0.5};
  test::ExpectUsageErrors({
      {"expected: f32 [3, 1, 4, 4]\n  got:      f32 [3, 1, 4, 5]", [&] { MsePerImage(images, wide); }},
      {"invalid number of ends", [&] { Interpolate(*first_.session, images, 2); }},
      {"expected: 0 to 3\n  got:      4", [&] { pca.Encode(images, 4); }},
      {"expected: 16\n  got:      20", [&] { pca.Encode(wide, 2); }},
      {"expected: 0 to 3",
       [&] {
         pca.Decode(Tensor({2, 4}));
       }},
      {"expected: 0 to 3", [&] { pca.Error(*backend_, *data_, -1); }},
      {"sigma", [&] { WienerFilter(*backend_, PixelCovariance(*backend_, *data_), NAN); }},
      {"invalid number of values y", [&] { FitCurves(two, three); }},
      {"invalid number of models",
       [&] { MeasureRobustness({}, *data_, CorruptionKind::kGaussian, amounts, 5, nullptr); }},
      {"needs a corruption", [&] { RobustnessTo(CorruptionKind::kNone, {0.5}); }},
      {"invalid number of models", [] { OpenDataOf(std::span<const TrainedModel>()); }},
  });
}

}  // namespace
}  // namespace hourglass
