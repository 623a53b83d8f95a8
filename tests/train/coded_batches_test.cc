// Batches for a decoder that learns alone.
#include "hourglass/train/coded_batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "hourglass/backend/make_backend.h"
#include "hourglass/model/architecture.h"
#include "train/tiny_data.h"

namespace hourglass {
namespace {

class CodedBatchesTest : public testing::TestWithParam<DType> {
 protected:
  // What the encoder makes of a batch, in its precision.
  Tensor Codes(const Dataset& data, const ImageChanges& changes, uint32_t epoch) {
    BatchMaker others(*backend_, GetParam(), 5);
    const Batch images = others.Make(data, ids_, changes, epoch);
    Session session(model_, *backend_);
    Tensor codes;
    backend_->Round(session.ForwardEncoder(images.input), GetParam(), codes);
    return codes;
  }
  void ExpectCodes(const Batch& batch, const Tensor& codes) {
    ASSERT_EQ(batch.input.dtype(), GetParam());
    ASSERT_EQ(batch.input.shape(), codes.shape());
    EXPECT_EQ(std::memcmp(batch.input.raw(), codes.raw(), codes.byte_size()), 0);
  }

  DataSplits data_ = BlobSplits();
  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 2});
  Model model_{MakeArchitecture("mlp4", {1, 8, 8}, 3), 7};
  Session session_{model_, *backend_};
  BatchMaker batches_{*backend_, GetParam(), 5};
  CodedBatches coded_{session_, batches_};
  std::vector<int64_t> ids_ = {31, 4, 4, 39, 0, 17};
};

TEST_P(CodedBatchesTest, CleanCodesAreThoseOfTheEncoder) {
  for (const Dataset* data : {data_.train.get(), data_.held_out.get(), data_.train.get()}) {
    const Batch batch = coded_.Make(*data, ids_, {}, 3);
    ExpectCodes(batch, Codes(*data, {}, 3));
    EXPECT_EQ(batch.epoch, 3);
    EXPECT_TRUE(std::ranges::equal(batch.ids, ids_));
  }
}

TEST_P(CodedBatchesTest, TheTargetIsTheCleanImages) {
  BatchMaker others(*backend_, GetParam(), 5);
  const Tensor& images = others.Make(*data_.train, ids_, {}, 1).target;
  for (const double level : {0.0, 0.3}) {
    const Batch batch = coded_.Make(*data_.train, ids_, {{CorruptionKind::kGaussian, level}}, 1);
    ASSERT_EQ(batch.target.shape(), images.shape());
    EXPECT_EQ(std::memcmp(batch.target.raw(), images.raw(), images.byte_size()), 0) << level;
  }
}

TEST_P(CodedBatchesTest, ChangesAreOfTheEpoch) {
  const ImageChanges noise = {{CorruptionKind::kGaussian, 0.3}},
                     shift = {.corruption = {}, .augmentation = {.flip = true, .shift = 1}};
  coded_.Make(*data_.train, ids_, {}, 1);  // what is known of clean images is not used
  for (const ImageChanges& changes : {noise, shift}) {
    for (const uint32_t epoch : {1u, 2u})
      ExpectCodes(coded_.Make(*data_.train, ids_, changes, epoch), Codes(*data_.train, changes, epoch));
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, CodedBatchesTest, testing::Values(DType::kF32, DType::kBF16),
                         [](const auto& test) { return std::string(Name(test.param)); });

}  // namespace
}  // namespace hourglass
