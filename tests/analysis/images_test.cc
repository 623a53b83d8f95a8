// Reconstruction, denoising and interpolation of single images.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "hourglass/analysis/denoising.h"
#include "hourglass/analysis/evaluation.h"
#include "hourglass/analysis/interpolation.h"
#include "hourglass/analysis/reconstruction.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "support/tiny_images.h"
#include "support/tiny_model.h"

namespace hourglass {
namespace {

class ImagesTest : public testing::Test {
 protected:
  Tensor Images(std::vector<int64_t> ids) const { return ReadPixels(*data_, ids); }

  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 1});
  test::TestModel model_ = test::TinyModel(*backend_);
  std::shared_ptr<InMemoryDataset> data_ = test::TinyImages(20, 0, test::Scrambled);
};

TEST_F(ImagesTest, ReconstructionKeepsInputAndMeasures) {
  const Reconstruction result = ReconstructImages(model_, Images({3, 4}));
  EXPECT_EQ(result.output.shape(), (Shape{2, 1, 4, 4}));
  EXPECT_EQ(result.mse, MsePerImage(result.output, Images({3, 4})));
}

TEST_F(ImagesTest, NoiseBelongsToTheImageAndNotToItsPlace) {
  const Corruption noise = {CorruptionKind::kGaussian, 0.3};
  const std::vector<int64_t> both = {3, 9}, one = {9};
  const Denoising two = DenoiseImages(model_, Images(both), both, noise, 7);
  const Denoising single = DenoiseImages(model_, Images(one), one, noise, 7);
  for (int64_t i = 0; i < 16; ++i) {
    EXPECT_EQ(two.corrupted.Rows(1, 1).data<float>()[i], single.corrupted.data<float>()[i]);
    EXPECT_EQ(two.input.Rows(1, 1).data<float>()[i], single.input.data<float>()[i]);
  }
  EXPECT_GT(single.corrupted_mse[0], 0.01);
  EXPECT_EQ(single.mse, MsePerImage(single.output, single.input));
}

TEST(Arc, KeepsTheLengthOfDirectionsAndFallsBackToTheLine) {
  const auto arc = [](std::initializer_list<float> ends) {
    Tensor both({2, 2});
    std::ranges::copy(ends, both.data<float>());
    const Tensor codes = Arc(both, 2);
    return std::vector<float>(codes.span<float>().begin(), codes.span<float>().end());
  };
  const float half = std::sqrt(0.5f);
  const std::vector<float> quarter = arc({2, 0, 0, 2});
  EXPECT_NEAR(quarter[2], 2 * half, 1e-6);  // at 45 degrees, as long as the ends
  EXPECT_NEAR(quarter[3], 2 * half, 1e-6);
  EXPECT_EQ(quarter[0], 2);
  EXPECT_EQ(quarter[5], 2);
  EXPECT_EQ(arc({1, 1, 3, 3}), (std::vector<float>{1, 1, 2, 2, 3, 3})) << "the same direction";
  EXPECT_EQ(arc({1, 0, -1, 0}), (std::vector<float>{1, 0, 0, 0, -1, 0})) << "opposite";
  EXPECT_EQ(arc({0, 0, 4, 0}), (std::vector<float>{0, 0, 2, 0, 4, 0})) << "no direction";
}

TEST_F(ImagesTest, InterpolationIsAStraightLineOfCodes) {
  const Interpolation result = Interpolate(model_, Images({1, 2}), 4);
  const Tensor ends = model_.session->Encode(Images({1, 2}));
  ASSERT_EQ(result.codes.shape(), (Shape{5, 3}));
  ASSERT_EQ(result.decoded.shape(), (Shape{5, 1, 4, 4}));
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t k = 0; k < 3; ++k) {
      const float first = ends.data<float>()[k], second = ends.data<float>()[3 + k];
      EXPECT_FLOAT_EQ(result.codes.data<float>()[i * 3 + k],
                      first + static_cast<float>(i) / 4 * (second - first));
    }
  }
  EXPECT_NEAR(MsePerImage(result.decoded.Rows(4, 1), model_.session->Reconstruct(Images({2})))[0], 0, 1e-12);
  const Tensor first = Images({1}), second = Images({2});
  ASSERT_EQ(result.mixed.shape(), result.decoded.shape());
  for (int64_t i = 0; i < 16; ++i) {
    EXPECT_EQ(result.mixed.data<float>()[i], first.data<float>()[i]);
    EXPECT_FLOAT_EQ(result.mixed.data<float>()[16 + i],
                    0.75F * first.data<float>()[i] + 0.25F * second.data<float>()[i]);
  }
  EXPECT_THROW(Interpolate(model_, Images({1, 2}), 0), Error);
}

}  // namespace
}  // namespace hourglass
