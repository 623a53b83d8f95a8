#include "hourglass/analysis/likelihood.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "hourglass/analysis/codes.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "support/tiny_images.h"
#include "support/tiny_model.h"

namespace hourglass {
namespace {

// A model whose output is 1/2 everywhere, whatever the code, and whose posterior is the same for all images:
// the true likelihood of every image is known.
class LikelihoodTest : public testing::Test {
 protected:
  LikelihoodTest() {
    for (const char* name : {"fc2.weight", "fc4.weight", "fc4.bias"}) test::SetParam(*model_, name, 0);
    SetMoments(0, 0);
  }
  void SetMoments(float mean, float log_variance) {
    for (const NamedParam& param : model_->layout().named()) {
      if (param.name != "fc2.bias") continue;
      float* const bias = ParamView(model_->params().flat(), param).data<float>();
      std::fill_n(bias, 2, mean);
      std::fill_n(bias + 2, 2, log_variance);
    }
  }

  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 2});
  test::TestModel model_{MakeArchitecture("mlp4", {1, 4, 4}, 2, 0, Bottleneck::kGaussian), *backend_, 1};
  std::shared_ptr<InMemoryDataset> data_ = test::TinyImages(60, 0, test::Scrambled);
  const double truth_ = 16 * std::log(0.5);
};

TEST_F(LikelihoodTest, WithThePriorAsPosteriorEverySampleIsExact) {
  const Likelihood result = MeasureLikelihood(model_, *data_, {.samples = 3});
  EXPECT_NEAR(result.log_likelihood, truth_, 1e-4);
  EXPECT_NEAR(result.elbo, truth_, 1e-4);
  EXPECT_NEAR(result.elbo_error, 0, 1e-4);
}

TEST_F(LikelihoodTest, TheBoundIsLowerByTheDivergenceAndManySamplesReachTheTruth) {
  SetMoments(0.5, std::log(0.8));
  const double divergence = 2 * 0.5 * (0.25 + 0.8 - 1 - std::log(0.8));
  const Likelihood one = MeasureLikelihood(model_, *data_, {.samples = 1});
  const Likelihood many = MeasureLikelihood(model_, *data_, {.samples = 2000});
  EXPECT_NEAR(many.elbo, truth_ - divergence, 0.02);
  EXPECT_NEAR(many.log_likelihood, truth_, 0.02);
  EXPECT_NEAR(one.log_likelihood, one.elbo, 1e-9);
  EXPECT_GT(many.log_likelihood, many.elbo);
}

TEST_F(LikelihoodTest, GaussianPixelsHaveTheirDensity) {
  const double variance = 0.3;
  double squares = 0;
  const Tensor pixels = ReadPixels(*data_, {});
  for (const float pixel : pixels.span<float>()) squares += (pixel - 0.5) * (pixel - 0.5);
  const Likelihood result =
      MeasureLikelihood(model_, *data_, {.bernoulli = false, .pixel_variance = variance, .samples = 2});
  const double expected = -squares / static_cast<double>(data_->size()) / (2 * variance) -
                          8 * std::log(2 * std::numbers::pi * variance);
  EXPECT_NEAR(result.log_likelihood, expected, 1e-4);
}

TEST_F(LikelihoodTest, SamplesHaveTheMomentsOfTheirImage) {
  SetMoments(3, std::log(4));
  const Tensor codes = SampleAll(model_, *data_, 500, 1);
  ASSERT_EQ(codes.shape(), Shape({60, 500, 2}));
  double sum = 0, squares = 0;
  for (const float z : codes.span<float>()) {
    sum += z;
    squares += (static_cast<double>(z) - 3) * (z - 3);
  }
  EXPECT_NEAR(sum / 60'000, 3, 0.05);
  EXPECT_NEAR(squares / 60'000, 4, 0.1);
  const Tensor fewer = SampleAll(model_, *data_, 1, 1);
  EXPECT_EQ(fewer.data<float>()[2], codes.data<float>()[1000]) << "depends on the number of samples";
}

TEST_F(LikelihoodTest, RefusesOtherModels) {
  const test::TestModel plain = test::TinyModel(*backend_);
  EXPECT_THROW(MeasureLikelihood(plain, *data_, {}), Error);
  EXPECT_THROW(SampleAll(plain, *data_, 1, 0), Error);
  EXPECT_THROW(MeasureLikelihood(model_, *data_, {.samples = 0}), Error);
}

}  // namespace
}  // namespace hourglass
