#include "hourglass/analysis/baselines.h"

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

namespace hourglass {
namespace {

using test::DecodedView;
using test::Scrambled;
using test::TinyImages;

class BaselinesTest : public testing::Test {
 protected:
  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 2});
};

TEST_F(BaselinesTest, AllComponentsExplainEverything) {
  const auto data = TinyImages(50, 0, Scrambled);
  const Pca pca(*backend_, *data, 16);
  EXPECT_GT(pca.Error(*backend_, *data, 15), 1e-5);
  EXPECT_NEAR(pca.Error(*backend_, *data, 16), 0.0, 1e-12);
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
  const Pca pca(*backend_, data, 2);
  Tensor noisy({1, 1, 1, 2});
  noisy.data<float>()[0] = 0.9F;
  noisy.data<float>()[1] = -0.1F;
  const Tensor estimate = WienerFilter(pca, 0.3).Apply(*backend_, noisy);
  const double gain = 0.04 / (0.04 + 0.09);
  EXPECT_EQ(estimate.shape(), noisy.shape());
  EXPECT_NEAR(estimate.data<float>()[0], 0.4 + gain * 0.5, 1e-6);
  EXPECT_NEAR(estimate.data<float>()[1], 0.4 - gain * 0.5, 1e-6);
  const Tensor same = WienerFilter(pca, 0).Apply(*backend_, noisy);
  EXPECT_NEAR(same.data<float>()[0], 0.9, 1e-6);
}

// Pixels that are always black have no variance and stay unchanged, however strong the noise.
TEST_F(BaselinesTest, TheWienerFilterKnowsConstantPixels) {
  const auto data =
      TinyImages(50, 0, [](int64_t i, int64_t p) { return p < 8 ? uint8_t{0} : Scrambled(i, p); });
  const Pca pca(*backend_, *data, 16);
  const Tensor noisy = test::RandomTensor({5, 1, 4, 4}, DType::kF32, 1, -1, 2);
  const Tensor estimate = WienerFilter(pca, 0.5).Apply(*backend_, noisy);
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
  const Pca pca(*backend_, *data.train, 784);
  const WienerFilter filter(pca, 0.5);
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
