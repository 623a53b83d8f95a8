// Batches for an encoder that learns the codes of a teacher, and augmented batches.
#include "hourglass/train/batch_maker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "hourglass/backend/make_backend.h"
#include "support/elsewhere_backend.h"
#include "train/tiny_data.h"

namespace hourglass {
namespace {

class TaughtBatch : public testing::Test {
 protected:
  // Codes on a line, image i at i / 1000, so that all lie near each other; `far` times as far apart.
  Teacher MakeTeacherOf(float far = 1) const {
    Teacher teacher{.codes = Tensor({300, 2}), .held_out_codes = Tensor({40, 2}), .nearest = {}};
    for (int64_t i = 0; i < 300; ++i) {
      teacher.codes.data<float>()[2 * i] = far * static_cast<float>(i) / 10'000;
      teacher.codes.data<float>()[2 * i + 1] = 0;
    }
    for (int64_t i = 0; i < 80; ++i) teacher.held_out_codes.data<float>()[i] = static_cast<float>(i);
    teacher.nearest = NearestNeighbours(AllImages(*data_.train), {.k = 5});
    return teacher;
  }
  Batch Make(const Teacher& teacher, double share, const ImageChanges& changes = {}) {
    return batches_.MakeTaught(*data_.train, ids_, teacher, {share, changes}, 3);
  }
  Tensor Images() const { return ReadPixels(*data_.train, ids_); }

  DataSplits data_ = BlobSplits();
  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 2});
  BatchMaker batches_{*backend_, DType::kF32, 5};
  std::vector<int64_t> ids_ = [] {
    std::vector<int64_t> ids(200);
    std::iota(ids.begin(), ids.end(), 50);
    return ids;
  }();
};

TEST_F(TaughtBatch, ImagesAndCodesMoveTheSamePartOfTheWay) {
  const Teacher teacher = MakeTeacherOf();
  const Batch batch = Make(teacher, 0.75);
  const Tensor images = Images(), all = ReadPixels(*data_.train, {});
  int mixed = 0;
  for (size_t row = 0; row < ids_.size(); ++row) {
    const float* x = batch.input.data<float>() + row * 64;
    const float* own = images.data<float>() + row * 64;
    const float code = batch.code_target->data<float>()[2 * row];
    const float own_code = teacher.codes.data<float>()[2 * ids_[row]];
    if (std::equal(x, x + 64, own)) {
      EXPECT_EQ(code, own_code);
      continue;
    }
    ++mixed;
    bool found = false;
    for (const uint32_t near : teacher.nearest.Of(ids_[row])) {
      const float* other = all.data<float>() + near * 64;
      const float share = (code - own_code) / (teacher.codes.data<float>()[2 * near] - own_code);
      double error = 0;
      for (int i = 0; i < 64; ++i)
        error = std::max<double>(error, std::abs(own[i] + share * (other[i] - own[i]) - x[i]));
      found = found || (share >= 0 && share <= 1 && error < 1e-3);
    }
    EXPECT_TRUE(found) << "row " << row;
  }
  EXPECT_GT(mixed, 120);  // of 200; 150 are expected
  EXPECT_LT(mixed, 180);
}

TEST_F(TaughtBatch, ImagesFarApartOnTheMapAreNotMixed) {
  const Batch batch = Make(MakeTeacherOf(1e6f), 1);
  const Tensor images = Images();
  EXPECT_TRUE(std::ranges::equal(batch.input.span<float>(), images.span<float>()));
}

TEST_F(TaughtBatch, DependsOnSeedAndEpochButNotOnTheBatch) {
  const Teacher teacher = MakeTeacherOf();
  const ImageChanges noise = {{CorruptionKind::kGaussian, 0.1}};
  const Tensor whole = Make(teacher, 0.75, noise).input.Clone();
  const std::vector<int64_t> some(ids_.begin() + 20, ids_.begin() + 30);
  const Batch part = batches_.MakeTaught(*data_.train, some, teacher, {0.75, noise}, 3);
  EXPECT_TRUE(std::ranges::equal(part.input.span<float>(), whole.Rows(20, 10).span<float>()));
  const Batch other = batches_.MakeTaught(*data_.train, some, teacher, {0.75, noise}, 4);
  EXPECT_FALSE(std::ranges::equal(other.input.span<float>(), whole.Rows(20, 10).span<float>()));
}

TEST_F(TaughtBatch, FlippedImagesKeepTheirCodes) {
  const Teacher teacher = MakeTeacherOf();
  const Batch batch = Make(teacher, 0, {.corruption = {}, .augmentation = {.flip = true}});
  const Tensor images = Images();
  int flipped = 0;
  for (size_t row = 0; row < ids_.size(); ++row) {
    EXPECT_EQ(batch.code_target->data<float>()[2 * row], teacher.codes.data<float>()[2 * ids_[row]]);
    const float *x = batch.input.data<float>() + row * 64, *own = images.data<float>() + row * 64;
    if (std::equal(x, x + 64, own)) continue;
    ++flipped;
    for (int h = 0; h < 8; ++h)
      EXPECT_TRUE(std::equal(x + 8 * h, x + 8 * h + 8, std::reverse_iterator(own + 8 * h + 8))) << row;
  }
  EXPECT_NEAR(flipped, 100, 30);
}

TEST_F(TaughtBatch, HeldOutImagesStayAsTheyAre) {
  const std::vector<int64_t> ids = {7, 39};
  const Batch batch = batches_.MakeHeldOut(*data_.held_out, ids, MakeTeacherOf());
  EXPECT_EQ(batch.code_target->data<float>()[0], 14);
  EXPECT_EQ(batch.code_target->data<float>()[3], 79);
  EXPECT_TRUE(std::ranges::equal(batch.input.span<float>(), ReadPixels(*data_.held_out, ids).span<float>()));
}

TEST(AugmentedBatch, InputAndTargetChangeAlike) {
  const DataSplits data = BlobSplits();
  const auto backend = MakeBackend({.threads = 2});
  BatchMaker batches(*backend, DType::kF32, 5);
  std::vector<int64_t> ids(100);
  std::iota(ids.begin(), ids.end(), 20);
  const Augmentation shift = {.shift = 2};
  const Tensor clean =
      batches.Make(*data.train, ids, {.corruption = {}, .augmentation = shift}, 3).input.Clone();
  const Tensor images = ReadPixels(*data.train, ids);
  EXPECT_FALSE(std::ranges::equal(clean.span<float>(), images.span<float>()));
  const Corruption noise = {CorruptionKind::kGaussian, 0.1};
  const Batch noisy = batches.Make(*data.train, ids, {noise, shift}, 3);
  EXPECT_TRUE(std::ranges::equal(noisy.target.span<float>(), clean.span<float>()));
  double sum = 0;
  for (int64_t i = 0; i < clean.size(); ++i)
    sum += std::pow(noisy.input.data<float>()[i] - clean.data<float>()[i], 2);
  EXPECT_NEAR(sum / static_cast<double>(clean.size()), 0.01, 0.001);
  const Batch later = batches.Make(*data.train, ids, {noise, shift}, 4);
  EXPECT_FALSE(std::ranges::equal(later.target.span<float>(), clean.span<float>()));
}

TEST(Views, AreTwoChangedCopiesOfEachImage) {
  const DataSplits data = BlobSplits();
  const auto backend = MakeBackend({.threads = 2});
  BatchMaker batches(*backend, DType::kF32, 5);
  const std::vector<int64_t> ids = {7, 20, 3, 150};
  const ImageChanges changes = {{CorruptionKind::kGaussian, 0.1}, {.shift = 2, .crop = 0.5}};
  const Tensor one = batches.Make(*data.train, ids, changes, 3).input.Clone();
  const Batch views = batches.MakeViews(*data.train, ids, changes, 3);
  EXPECT_TRUE(std::ranges::equal(views.partners, std::vector<int32_t>{4, 5, 6, 7, 0, 1, 2, 3}));
  EXPECT_TRUE(std::ranges::equal(views.ids, std::vector<int64_t>{7, 20, 3, 150, 7, 20, 3, 150}));
  EXPECT_TRUE(std::ranges::equal(views.input.Rows(0, 4).span<float>(), one.span<float>()));
  const Tensor both = views.input.Clone();
  for (int64_t row = 0; row < 4; ++row) {
    EXPECT_FALSE(std::ranges::equal(both.Rows(row, 1).span<float>(), both.Rows(row + 4, 1).span<float>()));
  }
  const Batch last = batches.MakeViews(*data.train, std::span(ids).last(1), changes, 3);
  EXPECT_TRUE(std::ranges::equal(last.input.Rows(0, 1).span<float>(), both.Rows(3, 1).span<float>()));
  EXPECT_TRUE(std::ranges::equal(last.input.Rows(1, 1).span<float>(), both.Rows(7, 1).span<float>()))
      << "the batch does not matter";
  const Batch later = batches.MakeViews(*data.train, ids, changes, 4);
  EXPECT_FALSE(std::ranges::equal(later.input.Rows(4, 4).span<float>(), both.Rows(4, 4).span<float>()));
}

// Batches on a device are those of the host, whether the data set lies there or is too large for it.
TEST(BatchMaker, GathersForADeviceFromWhereTheImagesAre) {
  const DataSplits data = BlobSplits();
  const std::vector<int64_t> ids = {7, 3, 299, 7};
  const auto here = MakeBackend({.threads = 1});
  BatchMaker expected(*here, DType::kF32, 5);
  const Tensor images = expected.Make(*data.train, ids, {}, 1).input.Clone();
  for (const size_t most_on_device : {BatchMaker::kMostOnDevice, size_t{100}}) {
    test::ElsewhereBackend there(1);
    BatchMaker batches(there, DType::kF32, 5, most_on_device);
    size_t results = 0;  // ElsewhereBackend copies them, too
    for (int again = 0; again < 2; ++again) {
      const Tensor made = batches.Make(*data.train, ids, {}, 1).input.CopyTo(HostDevice());
      EXPECT_TRUE(std::ranges::equal(made.span<float>(), images.span<float>()));
      results += made.byte_size();
    }
    const int64_t copied =
        most_on_device == BatchMaker::kMostOnDevice ? data.train->size() : 2 * std::ssize(ids);
    EXPECT_EQ(static_cast<test::Elsewhere&>(there.device()).copied,
              static_cast<size_t>(copied * data.train->image_shape().size()) + results);
  }
}

}  // namespace
}  // namespace hourglass
