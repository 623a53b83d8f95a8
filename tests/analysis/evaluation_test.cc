#include "hourglass/analysis/evaluation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "hourglass/analysis/codes.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "support/tiny_images.h"
#include "support/tiny_model.h"

namespace hourglass {
namespace {

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

class EvaluationTest : public testing::Test {
 protected:
  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 2});
  test::TestModel model_ = test::TinyModel(*backend_);
  std::shared_ptr<InMemoryDataset> data_ = test::TinyImages(37, 0, test::Scrambled);
};

TEST_F(EvaluationTest, IsTheMeanOverImages) {
  const Tensor images = ReadPixels(*data_, {});
  EXPECT_NEAR(ReconstructionError(model_, *data_),
              Mean(MsePerImage(model_.session->Reconstruct(images), images)), 1e-7);
}

// More images than one block holds.
TEST_F(EvaluationTest, ErrorsOfSingleImagesHaveTheSameMean) {
  const int64_t count = (int64_t{1} << 21) / 16 + 777;
  const auto many = test::TinyImages(count, 0, test::Scrambled);
  const ImageErrors errors = ReconstructionErrors(model_, test::DecodedView(many));
  EXPECT_EQ(errors.mean, ReconstructionError(model_, *many));
  ASSERT_EQ(std::ssize(errors.each), count);
  EXPECT_NEAR(errors.mean, Mean(errors.each), 1e-7);
  const int64_t ids[] = {0, count / 2, count - 1};
  const Tensor images = ReadPixels(*many, ids);
  const std::vector<double> expected = MsePerImage(model_.session->Reconstruct(images), images);
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(errors.each[static_cast<size_t>(ids[i])], expected[i], 1e-7);
}

TEST_F(EvaluationTest, L1IsTheMeanDistance) {
  test::SetParam(*model_, "fc4.weight", 0);
  test::SetParam(*model_, "fc4.bias", 0);  // every output pixel is 0.5
  const auto data =
      test::TinyImages(4, 0, [](int64_t image, int64_t) { return static_cast<uint8_t>(image % 2 * 255); });
  EXPECT_NEAR(ReconstructionError(model_, *data, {.loss = LossNamed("l1")}), 0.5, 1e-6);
  EXPECT_NEAR(ReconstructionError(model_, *data), 0.25, 1e-6);
}

// The target stays clean, and an image's noise does not depend on how the data is split into blocks.
TEST_F(EvaluationTest, NoiseIsOnTheInputAlone) {
  Tensor noisy = ReadPixels(*data_, {});
  std::vector<int64_t> ids(37);
  std::iota(ids.begin(), ids.end(), 0);
  CorruptForEvaluation(*backend_, {CorruptionKind::kGaussian, 0.5}, 5, ids, noisy);
  const double expected = Mean(MsePerImage(model_.session->Reconstruct(noisy), ReadPixels(*data_, {})));
  const Corruption noise = {CorruptionKind::kGaussian, 0.5};
  EXPECT_NEAR(ReconstructionError(model_, *data_, {.corruption = noise, .seed = 5}), expected, 1e-7);
  EXPECT_NE(ReconstructionError(model_, *data_, {.corruption = noise, .seed = 6}),
            ReconstructionError(model_, *data_, {.corruption = noise, .seed = 5}));
}

TEST_F(EvaluationTest, NoiseHasTheSigmaThatWasAskedFor) {
  const auto data = test::TinyImages(2000, 0, test::Scrambled);
  const Tensor clean = ReadPixels(*data, {});
  Tensor noisy = clean.Clone();
  std::vector<int64_t> ids(2000);
  std::iota(ids.begin(), ids.end(), 0);
  CorruptForEvaluation(*backend_, {CorruptionKind::kGaussian, 0.2}, 1, ids, noisy);
  EXPECT_NEAR(std::sqrt(Mean(MsePerImage(noisy, clean))), 0.2, 0.003);
}

// More images than one block holds, both in memory and not.
TEST_F(EvaluationTest, BlocksCoverEveryImageOnce) {
  const int64_t count = (int64_t{1} << 21) / 16 + 777;
  const auto many = test::TinyImages(count, 0, test::Scrambled);
  const Tensor codes = EncodeAll(model_, test::DecodedView(many));
  ASSERT_EQ(codes.rows(), count);
  const int64_t ids[] = {0, count / 2, count - 778, count - 777, count - 1};
  const Tensor expected = model_.session->Encode(ReadPixels(*many, ids));
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t k = 0; k < 3; ++k) {
      EXPECT_NEAR(codes.data<float>()[ids[i] * 3 + k], expected.data<float>()[i * 3 + k], 1e-6);
    }
  }
}

TEST_F(EvaluationTest, ImagesOfAnotherShapeAreRefused) {
  const test::TestModel other(MakeArchitecture("mlp4", {1, 6, 6}, 2), *backend_, 1);
  EXPECT_THROW(ReconstructionError(other, *data_), Error);
}

}  // namespace
}  // namespace hourglass
