#include "hourglass/train/checkpoint_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/core/error.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

constexpr CheckpointInterval kNever = {.seconds = 1e9};

TEST(CheckpointInterval, IsSecondsOrEpochs) {
  EXPECT_EQ(ParseCheckpointInterval("5").epochs, 5);
  EXPECT_EQ(ParseCheckpointInterval("60s").epochs, 0);
  EXPECT_EQ(ParseCheckpointInterval("60s").seconds, 60);
  for (const char* text : {"1", "0s", "0.5s", "1e+06s"}) {
    EXPECT_EQ(ToString(ParseCheckpointInterval(text)), text);
  }
  for (const char* text : {"", "s", "0", "-1", "-1s", "1.5", "5 s", "5m", "nans", "nan", "1e300"}) {
    EXPECT_THROW(ParseCheckpointInterval(text), Error) << text;
  }
}

class CheckpointWriterTest : public testing::Test {
 protected:
  // A run after `epoch` epochs, of which `best` was the best.
  static RunProgress After(int64_t epoch, int64_t best) {
    RunProgress progress;
    progress.epochs.resize(static_cast<size_t>(epoch));
    progress.best_epoch = best;
    return progress;
  }
  // A checkpoint that holds one number.
  static SafetensorsFile File(float number) {
    SafetensorsFile file;
    file.tensors.push_back({.name = "x", .tensor = Tensor(Shape{1})});
    *file.tensors.front().tensor.data<float>() = number;
    return file;
  }
  static float NumberIn(const std::filesystem::path& path) {
    return *ReadSafetensors(path).Find("x")->data<float>();
  }

  test::TemporaryDirectory folder_;
  RunDirectory run_ = RunDirectory::Create(folder_ / "run");
};

TEST_F(CheckpointWriterTest, WritesWhatIsKeptWhenTheIntervalIsOver) {
  CheckpointWriter writer(run_, {.epochs = 2}, After(0, 0));
  writer.Keep(File(1), After(1, 1));
  EXPECT_FALSE(std::filesystem::exists(run_.last_checkpoint()));
  writer.Keep(File(2), After(2, 2));
  writer.Keep(File(3), After(3, 3));  // has waited for the second
  EXPECT_EQ(NumberIn(run_.last_checkpoint()), 2);
  writer.Finish();
  EXPECT_EQ(NumberIn(run_.last_checkpoint()), 3);
  EXPECT_EQ(NumberIn(run_.best_checkpoint()), 3);
  EXPECT_EQ(writer.written().epochs_done(), 3);
}

TEST_F(CheckpointWriterTest, TheBestEpochIsOnTheDiskBeforeAWorseOneReplacesIt) {
  CheckpointWriter writer(run_, kNever, After(0, 0));
  for (int64_t epoch = 1; epoch <= 5; ++epoch) {
    writer.Keep(File(static_cast<float>(epoch)), After(epoch, std::min<int64_t>(epoch, 3)));
  }
  EXPECT_EQ(NumberIn(run_.best_checkpoint()), 3);
  writer.Finish();
  EXPECT_EQ(NumberIn(run_.best_checkpoint()), 3);
  EXPECT_EQ(NumberIn(run_.last_checkpoint()), 5);
}

TEST_F(CheckpointWriterTest, AFailedWriteIsThrownAndMayBeRepeated) {
  std::filesystem::create_directory(run_.last_checkpoint());
  CheckpointWriter writer(run_, {.epochs = 1}, After(0, 0));
  writer.Keep(File(1), After(1, 1));
  EXPECT_THROW(writer.Keep(File(2), After(2, 2)), Error);
  EXPECT_EQ(writer.written().epochs_done(), 0);
  EXPECT_THROW(writer.Finish(), Error);
  std::filesystem::remove(run_.last_checkpoint());
  writer.Finish();
  EXPECT_EQ(NumberIn(run_.last_checkpoint()), 1);
}

}  // namespace
}  // namespace hourglass
