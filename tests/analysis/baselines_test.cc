#include "hourglass/analysis/baselines.h"

#include <gtest/gtest.h>

#include <cmath>

#include "hourglass/analysis/evaluation.h"
#include "hourglass/core/error.h"
#include "support/tiny_images.h"

namespace hourglass {
namespace {

using test::ReadOnlyView;
using test::Scrambled;
using test::TinyImages;

class BaselinesTest : public testing::Test {
 protected:
  std::unique_ptr<Backend> backend_ = MakeCpuBackend(2);
};

TEST_F(BaselinesTest, AllComponentsExplainEverything) {
  const auto data = TinyImages(50, 0, Scrambled);
  const Pca pca(*backend_, *data, 16);
  EXPECT_GT(pca.Error(*backend_, *data, 15), 1e-5);
  EXPECT_NEAR(pca.Error(*backend_, *data, 16), 0.0, 1e-12);
}

// Images on a line through pixel space, far from the origin: one component is enough, whatever the mean.
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
  const ReadOnlyView view(data);
  EXPECT_DOUBLE_EQ(Pca(*backend_, view, 3).Error(*backend_, view, 3),
                   Pca(*backend_, *data, 3).Error(*backend_, *data, 3));
}

TEST_F(BaselinesTest, ImpossibleNumbersOfComponentsAreErrors) {
  const auto data = TinyImages(5, 0, Scrambled);
  EXPECT_THROW(Pca(*backend_, *data, 17), Error);
  EXPECT_THROW(Pca(*backend_, *data, -1), Error);
}

// The values that every report on MNIST autoencoders can be held against.
TEST_F(BaselinesTest, KnownErrorsOnMnist) {
  const char* folder = std::getenv("HOURGLASS_DATA_DIR");
  if (folder == nullptr) GTEST_SKIP() << "NOT TESTED: set HOURGLASS_DATA_DIR to a folder with MNIST";
  const DataSplits data = OpenData({.name = "mnist", .data_dir = folder});
  const Pca pca(*backend_, *data.train, 16);
  EXPECT_NEAR(pca.Error(*backend_, *data.held_out, 4), 0.0479, 5e-5);
  EXPECT_NEAR(pca.Error(*backend_, *data.held_out, 8), 0.0374, 5e-5);
  EXPECT_NEAR(pca.Error(*backend_, *data.held_out, 16), 0.0269, 5e-5);
}

}  // namespace
}  // namespace hourglass
