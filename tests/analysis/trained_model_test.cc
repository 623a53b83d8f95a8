#include "hourglass/analysis/trained_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/data/formats/npy.h"
#include "hourglass/data/open_data.h"
#include "hourglass/model/model_file.h"
#include "support/temporary_directory.h"
#include "support/tiny_model.h"

namespace hourglass {
namespace {

using testing::HasSubstr;

class TrainedModelTest : public testing::Test {
 protected:
  // A run as left by a crash in its first epochs: only the files that a test adds.
  RunDirectory MakeRun() {
    RunDirectory run = RunDirectory::Create(folder_ / "a-run");
    WriteFileAtomically(run.config(), "");
    WriteFileAtomically(run.info(), "{}");
    WriteFileAtomically(run.metrics(), "");
    return run;
  }
  std::string MessageOf(const std::filesystem::path& path) {
    try {
      OpenTrainedModel(path, *backend_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      return error.what();
    }
    return "";
  }
  static Json Training(const std::string& data) { return {{"config", {{"data", data}, {"seed", 3}}}}; }

  test::TemporaryDirectory folder_;
  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 1});
  test::TestModel model_ = test::TinyModel(*backend_);
};

TEST_F(TrainedModelTest, ARunGivesItsBestFile) {
  const RunDirectory run = MakeRun();
  EXPECT_THAT(MessageOf(run.path()), AllOf(HasSubstr("model.safetensors"), HasSubstr("checkpoints/best")));
  for (const auto& file : {run.last_checkpoint(), run.best_checkpoint(), run.model()}) {
    SaveModel(file, *model_, Training("digits"));
    const TrainedModel opened = OpenTrainedModel(run.path(), *backend_);
    EXPECT_EQ(opened.file, file);
    EXPECT_TRUE(opened.run.has_value());
    EXPECT_EQ(opened.name, "a-run");
    EXPECT_EQ(TrainingSeed(opened), 3U);
  }
}

TEST_F(TrainedModelTest, AnotherFileOfARunLeadsToTheRun) {
  const RunDirectory run = MakeRun();
  EXPECT_THAT(MessageOf(run.config()), HasSubstr("name the run: " + run.path().string()));
}

TEST_F(TrainedModelTest, AModelFileNeedsNoRun) {
  SaveModel(folder_ / "mine.safetensors", *model_, Json::object());
  const TrainedModel opened = OpenTrainedModel(folder_ / "mine.safetensors", *backend_);
  EXPECT_FALSE(opened.run.has_value());
  EXPECT_EQ(opened.name, "mine");
  EXPECT_EQ(TrainingSeed(opened), 0U);
  EXPECT_THROW(OpenDataOf(opened), Error);  // the file does not say what it was trained on
}

// The training data in another place have the training's test images; other data are split by themselves.
TEST_F(TrainedModelTest, MovedDataKeepTheirTestImages) {
  const Shape& shape = model_->image_shape();
  const auto write = [&](const char* name, int64_t count, int first) {
    Tensor images({count, shape[1], shape[2]}, DType::kU8);
    for (int64_t i = 0; i < images.size(); ++i)
      images.data<uint8_t>()[i] = static_cast<uint8_t>((first + i) % 251);
    WriteNpy(folder_ / name, images);
    return (folder_ / name).string();
  };
  const std::string train = write("train.npy", 20, 0), test = write("test.npy", 5, 7);
  const std::string moved = write("moved.npy", 20, 0), other = write("other.npy", 20, 9);
  SaveModel(folder_ / "mine.safetensors", *model_,
            {{"config", {{"data", train}, {"test", test}}},
             {"data", {{"checksum", OpenData({.name = train, .test = test}).checksum}}}});
  const TrainedModel opened = OpenTrainedModel(folder_ / "mine.safetensors", *backend_);
  EXPECT_EQ(OpenDataOf(opened).held_out->size(), 5);
  EXPECT_EQ(OpenDataOf(opened, {.name = moved}).held_out->size(), 5);
  const DataSplits others = OpenDataOf(opened, {.name = other});
  EXPECT_EQ(others.held_out->size(), 2) << "a tenth";
  EXPECT_THAT(others.note, HasSubstr("split by itself"));
  std::filesystem::remove(test);
  EXPECT_THAT(OpenDataOf(opened, {.name = moved}).note, HasSubstr("test.npy does not exist"));
}

// Numbers are read in the range of the training. The order of axes is that of the training only in its own
// data.
TEST_F(TrainedModelTest, OtherDataAreReadLikeThoseOfTheTraining) {
  const Shape& shape = model_->image_shape();
  const auto write = [&](const char* name, float first) {
    Tensor images({20, shape[1], shape[2]});
    for (int64_t i = 0; i < images.size(); ++i)
      images.data<float>()[i] = std::sin(first + static_cast<float>(i));
    WriteNpy(folder_ / name, images);
    return (folder_ / name).string();
  };
  const std::string train = write("train.npy", 0), moved = write("moved.npy", 0),
                    other = write("other.npy", 9);
  const DataOptions as_trained{.name = train, .axes = AxisOrder::kWHC, .range = PixelRange{-1, 1}};
  SaveModel(folder_ / "mine.safetensors", *model_,
            {{"config", {{"data", train}, {"range", "-1:1"}, {"axes", "whc"}}},
             {"data", {{"checksum", OpenData(as_trained).checksum}}}});
  const TrainedModel opened = OpenTrainedModel(folder_ / "mine.safetensors", *backend_);
  const auto checksum = [](DataOptions options, const std::string& name) {
    options.name = name;
    return OpenData(options).checksum;
  };
  EXPECT_TRUE(TrainedOn(opened, OpenDataOf(opened, {.name = moved})));
  EXPECT_EQ(OpenDataOf(opened, {.name = other}).checksum, checksum({.range = PixelRange{-1, 1}}, other));
  EXPECT_EQ(OpenDataOf(opened, {.name = other, .axes = AxisOrder::kWHC, .range = PixelRange{-2, 2}}).checksum,
            checksum({.axes = AxisOrder::kWHC, .range = PixelRange{-2, 2}}, other));
}

TEST_F(TrainedModelTest, NothingThereIsADataError) {
  EXPECT_THAT(MessageOf(folder_ / "none"), HasSubstr("does not exist"));
  std::filesystem::create_directory(folder_ / "empty");
  EXPECT_NE(MessageOf(folder_ / "empty"), "");
}

TEST_F(TrainedModelTest, TrainingOfAnotherTypeIsADataError) {
  SaveModel(folder_ / "odd.safetensors", *model_, {{"config", {{"data", 7}}}});
  EXPECT_THROW(OpenDataOf(OpenTrainedModel(folder_ / "odd.safetensors", *backend_)), Error);
}

}  // namespace
}  // namespace hourglass
