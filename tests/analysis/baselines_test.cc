#include "hourglass/analysis/baselines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "hourglass/analysis/evaluation.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/data/open_data.h"
#include "support/random.h"
#include "support/tiny_images.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

using test::DecodedView;
using test::Scrambled;
using test::TinyImages;

// Sums of a few smooth waves and some noise, in the middle of a frame of other pixels that never change.
std::shared_ptr<InMemoryDataset> FramedWaves(int64_t count, int64_t inside, int64_t side) {
  Tensor images({count, 1, side, side}, DType::kU8);
  for (int64_t i = 0; i < images.size(); ++i) {
    const int64_t image = i / (side * side), row = i / side % side, column = i % side;
    const bool framed = row >= inside || column >= inside;
    double value = 128;
    for (int64_t wave = 1; wave <= 12 && !framed; ++wave) {
      const double place = static_cast<double>(row * (wave % 4) + column * (wave / 4)) / 6.0;
      value += (Scrambled(image, wave) - 128) / (4.0 * static_cast<double>(wave)) * std::sin(place);
    }
    if (!framed) value += Scrambled(image, 100 + row * inside + column) / 32.0;
    images.data<uint8_t>()[i] = static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
  }
  return std::make_shared<InMemoryDataset>(std::move(images), std::vector<int32_t>());
}

class BaselinesTest : public testing::Test {
 protected:
  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 2});
};

TEST_F(BaselinesTest, AllComponentsExplainEverything) {
  const auto data = TinyImages(50, 0, Scrambled);
  const Pca pca(*backend_, *data, 16);
  EXPECT_GT(pca.Error(*backend_, *data, 15), 1e-5);
  EXPECT_NEAR(pca.Error(*backend_, *data, 16), 0.0, 1e-12);
  EXPECT_GE(pca.Error(*backend_, *data, 16), 0.0);
}

// Images on a line through pixel space, far from the origin: one component suffices, whatever the mean.
TEST_F(BaselinesTest, OneComponentExplainsALineFarFromZero) {
  const auto data = TinyImages(40, 0, [](int64_t image, int64_t place) {
    return static_cast<uint8_t>(200 + (place % 2 == 0 ? image : -image));
  });
  const Pca pca(*backend_, *data, 2);
  EXPECT_GT(pca.Error(*backend_, *data, 0), 1e-3);
  EXPECT_LT(pca.Error(*backend_, *data, 1), 1e-10);
}

TEST_F(BaselinesTest, ErrorIsThatOfEncodingAndDecoding) {
  const auto train = TinyImages(50, 0, Scrambled);
  const auto test = TinyImages(30, 0, [](int64_t i, int64_t p) { return Scrambled(i + 1000, p); });
  const Pca pca(*backend_, *train, 5);
  const Tensor images = ReadPixels(*test, {});
  for (const int64_t d : {1, 3, 5}) {
    double sum = 0;
    for (const double mse : MsePerImage(pca.Decode(pca.Encode(images, d)), images)) sum += mse;
    EXPECT_NEAR(pca.Error(*backend_, *test, d), sum / 30, 1e-7) << d;
  }
}

// 1,296 pixels: a few components are found by Lanczos iteration, more than a quarter by a full decomposition.
TEST_F(BaselinesTest, LanczosIterationAgreesWithTheFullDecomposition) {
  const auto data = FramedWaves(300, 36, 36);
  const Pca few(*backend_, *data, 20), many(*backend_, *data, 325);
  for (const int64_t d : {1, 5, 12, 20}) {
    const double expected = many.Error(*backend_, *data, d);
    EXPECT_NEAR(few.Error(*backend_, *data, d), expected, 1e-4 * expected) << d;
  }
  for (size_t i = 0; i < 20; ++i)
    EXPECT_NEAR(few.variances()[i], many.variances()[i], 1e-4 * many.variances()[i]) << i;
  EXPECT_EQ(few.variances(), Pca(*backend_, *data, 20).variances()) << "always the same";
}

// 4,225 pixels, most of them without variance: the covariance is never computed.
TEST_F(BaselinesTest, ComponentsOfLargeImagesAreFoundWithoutTheCovariance) {
  const auto small = FramedWaves(300, 20, 20), large = FramedWaves(300, 20, 65);
  const Pca exact(*backend_, *small, 15), found(*backend_, *large, 15);
  for (const int64_t d : {1, 5, 12, 15}) {
    const double expected = exact.Error(*backend_, *small, d) * (20.0 * 20.0) / (65.0 * 65.0);
    EXPECT_NEAR(found.Error(*backend_, *large, d), expected, 1e-4 * expected) << d;
  }
  EXPECT_EQ(found.variances(), Pca(*backend_, *large, 15).variances()) << "always the same";
}

TEST_F(BaselinesTest, LargeImagesMayHaveFewerDirectionsThanComponents) {
  const auto data = FramedWaves(5, 65, 65);
  const Pca pca(*backend_, *data, 8);
  EXPECT_NEAR(pca.Error(*backend_, *data, 4), 0, 1e-9);
  EXPECT_NEAR(pca.variances()[4], 0, 1e-6);
  const Pca of_one_image(*backend_, *FramedWaves(1, 65, 65), 3);
  EXPECT_NEAR(of_one_image.variances()[0], 0, 1e-6);
}

TEST_F(BaselinesTest, OfLargeImagesOnlySomeComponentsAreComputed) {
  EXPECT_EQ(Pca::MostComponents(4096), 4096);
  EXPECT_EQ(Pca::MostComponents(12'288), 341);
  EXPECT_EQ(Pca::MostComponents(49'152), 85);
  const auto data = FramedWaves(3, 65, 65);
  test::ExpectUsageErrors({
      {"expected: 0 to 992", [&] { Pca(*backend_, *data, 993); }},
      {"number of pixels for a covariance", [&] { PixelCovariance(*backend_, *data); }},
  });
  EXPECT_EQ(WhyNoWienerFilter(4096), "");
  EXPECT_THAT(WhyNoWienerFilter(4225), testing::HasSubstr("4,225"));
}

TEST_F(BaselinesTest, NoComponentsIsTheMeanImage) {
  const auto train =
      TinyImages(2, 0, [](int64_t image, int64_t) { return static_cast<uint8_t>(image * 255); });
  const auto test = TinyImages(1, 0, [](int64_t, int64_t) { return uint8_t{255}; });
  const Pca pca(*backend_, *train, 0);
  EXPECT_FLOAT_EQ(pca.mean_image().data<float>()[7], 0.5F);
  EXPECT_NEAR(pca.Error(*backend_, *test, 0), 0.25, 1e-12);
  EXPECT_NEAR(MeanImageError(*train, *test), 0.25, 1e-12);
}

TEST_F(BaselinesTest, DataOutsideOfMemoryGivesTheSame) {
  const auto data = TinyImages(50, 0, Scrambled);
  const DecodedView view(data);
  EXPECT_DOUBLE_EQ(Pca(*backend_, view, 3).Error(*backend_, view, 3),
                   Pca(*backend_, *data, 3).Error(*backend_, *data, 3));
}

TEST_F(BaselinesTest, ACovarianceThatIsThereServesPcaToo) {
  const auto data = TinyImages(50, 0, Scrambled);
  const PixelCovariance covariance(*backend_, *data);
  const Pca pca(covariance, 3);
  EXPECT_EQ(pca.components(), 3);
  EXPECT_EQ(pca.variances(), Pca(*backend_, *data, 3).variances());
  EXPECT_EQ(pca.Error(*backend_, *data, 3), Pca(*backend_, *data, 3).Error(*backend_, *data, 3));
  EXPECT_THROW(Pca(covariance, 17), Error);
}

TEST_F(BaselinesTest, ImpossibleNumbersOfComponentsAreErrors) {
  const auto data = TinyImages(5, 0, Scrambled);
  EXPECT_THROW(Pca(*backend_, *data, 17), Error);
  EXPECT_THROW(Pca(*backend_, *data, -1), Error);
}

// Reference values for every report on MNIST autoencoders.
TEST_F(BaselinesTest, KnownErrorsOnMnist) {
  const char* folder = std::getenv("HOURGLASS_DATA_DIR");
  if (folder == nullptr) GTEST_SKIP() << "NOT TESTED: set HOURGLASS_DATA_DIR to a folder with MNIST";
  const DataSplits data = OpenData({.name = "mnist", .data_dir = folder});
  const Pca pca(*backend_, *data.train, 16);
  EXPECT_NEAR(pca.Error(*backend_, *data.held_out, 4), 0.0479, 5e-5);
  EXPECT_NEAR(pca.Error(*backend_, *data.held_out, 8), 0.0374, 5e-5);
  EXPECT_NEAR(pca.Error(*backend_, *data.held_out, 16), 0.0269, 5e-5);
}

// Two uncorrelated pixels of the same variance v, around a mean: each noisy pixel shrinks towards the mean by
// the factor v / (v + σ²).
TEST_F(BaselinesTest, TheWienerFilterShrinksTowardsTheMean) {
  Tensor images({4, 1, 1, 2}, DType::kU8);
  const uint8_t bytes[] = {51, 51, 51, 153, 153, 51, 153, 153};  // (0.2 or 0.6, 0.2 or 0.6)
  std::ranges::copy(bytes, images.data<uint8_t>());
  const InMemoryDataset data(std::move(images), {});
  const PixelCovariance covariance(*backend_, data);
  Tensor noisy({1, 1, 1, 2});
  noisy.data<float>()[0] = 0.9F;
  noisy.data<float>()[1] = -0.1F;
  const Tensor estimate = WienerFilter(*backend_, covariance, 0.3).Apply(*backend_, noisy);
  const double gain = 0.04 / (0.04 + 0.09);
  EXPECT_EQ(estimate.shape(), noisy.shape());
  EXPECT_NEAR(estimate.data<float>()[0], 0.4 + gain * 0.5, 1e-6);
  EXPECT_NEAR(estimate.data<float>()[1], 0.4 - gain * 0.5, 1e-6);
  const Tensor same = WienerFilter(*backend_, covariance, 0).Apply(*backend_, noisy);
  EXPECT_NEAR(same.data<float>()[0], 0.9, 1e-6);
}

// With so little noise, rounding decides which directions have variance at all.
TEST_F(BaselinesTest, TheWienerFilterTrustsAlmostCleanImages) {
  const auto data = TinyImages(5, 0, Scrambled);  // 4 directions of 16
  const PixelCovariance covariance(*backend_, *data);
  const Tensor images = ReadPixels(*data, {});
  const Tensor estimate = WienerFilter(*backend_, covariance, 1e-6).Apply(*backend_, images);
  for (int64_t i = 0; i < images.size(); ++i)
    EXPECT_NEAR(estimate.data<float>()[i], images.data<float>()[i], 1e-4);
}

// Pixels that are always black have no variance and stay unchanged, however strong the noise.
TEST_F(BaselinesTest, TheWienerFilterKnowsConstantPixels) {
  const auto data =
      TinyImages(50, 0, [](int64_t i, int64_t p) { return p < 8 ? uint8_t{0} : Scrambled(i, p); });
  const PixelCovariance covariance(*backend_, *data);
  const Tensor noisy = test::RandomTensor({5, 1, 4, 4}, DType::kF32, 1, -1, 2);
  const Tensor estimate = WienerFilter(*backend_, covariance, 0.5).Apply(*backend_, noisy);
  for (int64_t i = 0; i < 80; ++i) {
    if (i % 16 < 8) {
      EXPECT_NEAR(estimate.data<float>()[i], 0, 1e-4);
    }
  }
}

// On MNIST, the best linear estimate at σ = 0.5 has an error of 0.0198 over the test images.
TEST_F(BaselinesTest, TheWienerFilterOnMnist) {
  const char* folder = std::getenv("HOURGLASS_DATA_DIR");
  if (folder == nullptr) GTEST_SKIP() << "HOURGLASS_DATA_DIR is not set: not compared with the real MNIST";
  const DataSplits data = OpenData({.name = "mnist", .data_dir = folder});
  const WienerFilter filter(*backend_, PixelCovariance(*backend_, *data.train), 0.5);
  Tensor noisy = ReadPixels(*data.held_out, {});
  const Tensor clean = noisy.Clone();
  std::vector<int64_t> ids(static_cast<size_t>(noisy.rows()));
  std::iota(ids.begin(), ids.end(), 0);
  CorruptForEvaluation(*backend_, {CorruptionKind::kGaussian, 0.5}, 0, ids, noisy);
  const std::vector<double> mse = MsePerImage(filter.Apply(*backend_, noisy), clean);
  EXPECT_NEAR(std::accumulate(mse.begin(), mse.end(), 0.0) / 10'000, 0.0198, 0.0001);
}

}  // namespace
}  // namespace hourglass
