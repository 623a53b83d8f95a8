// Training runs with the neighbourhood term and the correlation term.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/backend/reference.h"
#include "hourglass/core/error.h"
#include "hourglass/neighbours/neighbours.h"
#include "hourglass/train/training_run.h"
#include "support/random.h"
#include "support/scoped_variable.h"
#include "support/temporary_directory.h"
#include "train/tiny_data.h"

namespace hourglass {
namespace {

using ::testing::HasSubstr;
using RunFlags = std::vector<std::pair<std::string, std::string>>;

// Stops in a given epoch after 128 images.
class StopInEpoch : public TrainObserver {
 public:
  explicit StopInEpoch(int64_t epoch) : epoch_(epoch) {}
  void OnBatch(const BatchProgress& progress) override {
    stop_ = progress.epoch == epoch_ && progress.images_done >= 128;
  }
  bool StopRequested() override { return stop_; }

 private:
  int64_t epoch_;
  bool stop_ = false;
};

// How many of the 5 nearest images of each are among its 5 nearest codes.
double KeptNeighbourShare(const TrainingRun& run, const Dataset& data) {
  const Tensor codes = run.session().Encode(ReadPixels(data, {}));
  const Neighbours near = NearestNeighbours(AllImages(data), {.k = 5, .threads = 1}),
                   by_code = NearestNeighbours(codes, {.k = 5, .threads = 1});
  int64_t kept = 0;
  for (int64_t i = 0; i < data.size(); ++i) {
    for (const uint32_t j : near.Of(i)) kept += std::ranges::count(by_code.Of(i), j);
  }
  return static_cast<double>(kept) / static_cast<double>(5 * data.size());
}

class NeighbourhoodRunTest : public ::testing::Test {
 protected:
  static ResolvedConfig Config(const RunFlags& more) {
    RunFlags flags = {{"code_size", "3"}, {"batch", "64"},      {"epochs", "6"},          {"threads", "2"},
                      {"seed", "7"},      {"precision", "f32"}, {"learning_rate", "0.01"}};
    flags.insert(flags.end(), more.begin(), more.end());
    return ResolveConfig("", {}, flags);
  }
  TrainingRun Start(const std::string& name, const RunFlags& flags) {
    return TrainingRun::Start(Config(flags), data_, folder_ / name, {"test"});
  }
  TrainingRun Resume(const std::string& name, const RunFlags& flags) {
    return TrainingRun::Resume(folder_ / name, Config(flags), data_, {"test"});
  }
  // The text of the usage Error that starting a run throws.
  std::string Refusal(RunFlags flags) {
    flags.emplace_back("neighbourhood", "1");
    try {
      Start("refused", flags);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return error.what();
    }
    return "";
  }

  test::TemporaryDirectory folder_;
  test::ScopedVariable cache_{"XDG_CACHE_HOME", folder_.path().c_str()};
  DataSplits data_ = BlobSplits();
  TrainObserver quiet_;
};

TEST_F(NeighbourhoodRunTest, KeepsNeighboursAndLogsItsTerms) {
  const RunFlags flags = {{"code_size", "2"}, {"epochs", "60"}, {"plateau_patience", "60"}};
  TrainingRun plain = Start("plain", flags);
  plain.Train(quiet_);
  RunFlags more = flags;
  more.emplace_back("neighbourhood", "0.1");
  TrainingRun run = Start("run", more);
  run.Train(quiet_);
  EXPECT_EQ(run.warning(), "");
  EXPECT_GT(KeptNeighbourShare(run, *data_.train), 1.1 * KeptNeighbourShare(plain, *data_.train));
  const EpochMetrics last = run.directory().ReadMetrics().back();
  EXPECT_EQ(last.train_loss(), last.Find("train/mse").value());
  EXPECT_NEAR(last.Find("train/objective").value(),
              last.train_loss() + 0.1 * last.Find("train/neighbourhood").value(), 1e-9);
  // The loss of held-out images is that of their pixels.
  const Tensor held_out = ReadPixels(*data_.held_out, {}), output = run.session().Reconstruct(held_out);
  double squares = 0;
  for (int64_t i = 0; i < output.size(); ++i)
    squares += std::pow(double(output.data<float>()[i]) - double(held_out.data<float>()[i]), 2);
  EXPECT_NEAR(last.held_out_loss(), squares / static_cast<double>(output.size()), 1e-7);
  EXPECT_FALSE(plain.progress().epochs.back().Find("train/objective").has_value());
}

TEST_F(NeighbourhoodRunTest, ResumesToTheBit) {
  std::set<std::string> models;
  for (const char* form : {"infonce", "negative", "distances"}) {
    for (const char* precision : {"f32", "bf16"}) {
      const RunFlags flags = {{"neighbourhood", "0.01"},
                              {"neighbourhood_form", form},
                              {"neighbourhood_distance", "l1"},
                              {"exaggeration_share", "0.6"},
                              {"precision", precision}};
      const std::string whole = std::string("whole-") + form + precision;
      const std::string parts = std::string("parts-") + form + precision;
      TrainingRun at_once = Start(whole, flags);
      at_once.Train(quiet_);
      StopInEpoch stop(3);
      EXPECT_FALSE(Start(parts, flags).Train(stop));
      TrainingRun resumed = Resume(parts, flags);
      EXPECT_TRUE(resumed.Train(quiet_));
      EXPECT_EQ(resumed.model().checksum(), at_once.model().checksum()) << form << " " << precision;
      models.insert(at_once.model().checksum());
    }
  }
  EXPECT_EQ(models.size(), 6u);
}

// Epochs that are trained stay as they are; the end of the exaggeration follows from the new number.
TEST_F(NeighbourhoodRunTest, ResumesForMoreEpochs) {
  const auto flags = [](const char* epochs) {
    return RunFlags{{"neighbourhood", "0.01"}, {"exaggeration_share", "0.5"}, {"epochs", epochs}};
  };
  Start("run", flags("4")).Train(quiet_);
  const std::vector<EpochMetrics> before = RunDirectory::Open(folder_ / "run").ReadMetrics();
  EXPECT_TRUE(Resume("run", flags("8")).Train(quiet_));
  const std::vector<EpochMetrics> after = RunDirectory::Open(folder_ / "run").ReadMetrics();
  ASSERT_EQ(after.size(), 8u);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
}

// The loss rises when the exaggeration ends, which must not look like a plateau.
TEST_F(NeighbourhoodRunTest, TheEndOfTheExaggerationIsNoPlateau) {
  TrainingRun run = Start("run", {{"neighbourhood", "1"},
                                  {"exaggeration_share", "0.5"},
                                  {"epochs", "12"},
                                  {"plateau_patience", "3"},
                                  {"plateau_threshold", "0"}});
  run.Train(quiet_);
  const auto& epochs = run.progress().epochs;
  EXPECT_GT(epochs[6].Find("train/objective").value(), epochs[5].Find("train/objective").value());
  EXPECT_EQ(epochs[11].learning_rate(), epochs[0].learning_rate());
}

// Without the neighbourhood term, so with batches of images.
TEST_F(NeighbourhoodRunTest, CorrelationFollowsDistancesAndIsLogged) {
  const RunFlags flags = {{"code_size", "2"}, {"epochs", "40"}, {"plateau_patience", "40"}};
  std::vector<int64_t> shifts(20);
  std::iota(shifts.begin(), shifts.end(), 1);
  const auto correlation = [&](const TrainingRun& run) {
    const Tensor images = ReadPixels(*data_.train, {}), codes = run.session().Encode(images);
    return 1 - reference::CorrelationLoss<double>({shifts}, images.rows(), images.row_size(), 2,
                                                  test::Widen(images).data(), test::Widen(codes).data(), 1,
                                                  nullptr);
  };
  TrainingRun plain = Start("plain", flags);
  plain.Train(quiet_);
  RunFlags more = flags;
  more.emplace_back("correlation", "0.1");
  TrainingRun run = Start("run", more);
  run.Train(quiet_);
  EXPECT_GT(correlation(run), correlation(plain) + 0.05);
  const EpochMetrics last = run.directory().ReadMetrics().back();
  EXPECT_EQ(last.train_loss(), last.Find("train/mse").value());
  const double term = last.Find("train/correlation").value();
  EXPECT_NEAR(last.Find("train/objective").value(), last.train_loss() + 0.1 * term, 1e-9);
  EXPECT_NEAR(1 - term, correlation(run), 0.1);
}

TEST_F(NeighbourhoodRunTest, CorrelationResumesToTheBit) {
  std::set<std::string> models;
  for (const char* neighbourhood : {"0", "0.01"}) {
    for (const char* precision : {"f32", "bf16"}) {
      const RunFlags flags = {{"correlation", "0.1"},
                              {"neighbourhood", neighbourhood},
                              {"corrupt", "gaussian:0.2"},
                              {"precision", precision}};
      const std::string name = std::string(neighbourhood) + precision;
      TrainingRun at_once = Start("whole-" + name, flags);
      at_once.Train(quiet_);
      StopInEpoch stop(3);
      EXPECT_FALSE(Start("parts-" + name, flags).Train(stop));
      TrainingRun resumed = Resume("parts-" + name, flags);
      EXPECT_TRUE(resumed.Train(quiet_));
      EXPECT_EQ(resumed.model().checksum(), at_once.model().checksum()) << name;
      models.insert(at_once.model().checksum());
    }
  }
  EXPECT_EQ(models.size(), 4u);
}

TEST_F(NeighbourhoodRunTest, CorrelationOfEqualImagesOrFewRowsStaysFinite) {
  EXPECT_TRUE(
      Start("rows", {{"correlation", "1e6"}, {"batch", "299"}, {"epochs", "2"}, {"learning_rate", "0.001"}})
          .Train(quiet_));
  Tensor equal({200, 1, 8, 8}, DType::kU8);
  std::ranges::fill(equal.span<uint8_t>(), uint8_t{9});
  data_.train = std::make_shared<InMemoryDataset>(std::move(equal), std::vector<int32_t>());
  EXPECT_TRUE(Start("equal", {{"correlation", "1e6"}, {"epochs", "2"}}).Train(quiet_));
}

TEST_F(NeighbourhoodRunTest, FewImagesOrRowsAreRefused) {
  EXPECT_THAT(Refusal({{"batch", "1"}}), HasSubstr("a batch of at least 4"));
  EXPECT_THAT(Refusal({{"batch", "3"}}), HasSubstr("batch = 4"));
  EXPECT_THAT(Refusal({{"neighbourhood_k", "300"}}), HasSubstr("300"));
  EXPECT_THAT(Refusal({{"batch", "4"}, {"overfit_batches", "3"}}), HasSubstr("neighbourhood_k"));
  EXPECT_EQ(Refusal({{"neighbourhood_k", "299"}}), "");
}

// Images that are all equal, thousands that are equal, and any weight: no number becomes infinite.
TEST_F(NeighbourhoodRunTest, EqualImagesAndLargeWeightsStayFinite) {
  Tensor images = BlobImages(2000, 8, 1);
  std::fill_n(images.data<uint8_t>(), 1900 * 64, uint8_t{9});
  for (const char* form : {"infonce", "negative", "distances"}) {
    for (const char* weight : {"1e-6", "1e6"}) {
      for (const int64_t count : {int64_t{1900}, int64_t{2000}}) {
        data_.train =
            std::make_shared<InMemoryDataset>(images.Rows(0, count).Clone(), std::vector<int32_t>());
        const std::string name = std::string(form) + weight + std::to_string(count);
        EXPECT_TRUE(Start(name, {{"neighbourhood", weight}, {"neighbourhood_form", form}, {"epochs", "2"}})
                        .Train(quiet_));
      }
    }
  }
}

TEST_F(NeighbourhoodRunTest, AWarningTellsOfAnUnusableCache) {
  folder_.Write("hourglass", "");
  TrainingRun run = Start("run", {{"neighbourhood", "1"}, {"epochs", "1"}});
  EXPECT_THAT(run.warning(), HasSubstr("not kept for later runs"));
  EXPECT_TRUE(run.Train(quiet_));
}

}  // namespace
}  // namespace hourglass
