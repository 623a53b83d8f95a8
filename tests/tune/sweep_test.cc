// Sweeps on a few small images, and their verdicts on a rising mean.
#include "hourglass/tune/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "hourglass/analysis/baselines.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/report/sweep_report.h"
#include "support/temporary_directory.h"
#include "train/tiny_data.h"

namespace hourglass {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class Counter : public PoolObserver {
 public:
  explicit Counter(int allowed = 1000000) : allowed_(allowed) {}
  void OnRunBegin(const PoolRun&, const TrainingRun&) override { ++begun_; }
  void OnEpoch(const PoolRun&, const EpochMetrics&) override { ++epochs_; }
  bool StopRequested() override { return epochs_ >= allowed_; }
  int begun() const { return begun_; }

 private:
  int allowed_;
  std::atomic<int> begun_ = 0, epochs_ = 0;
};

class SweepTest : public testing::Test {
 protected:
  SweepTest() {
    task_.title = "A sweep";
    task_.plan = {.key = "code_size", .values = {"4", "1", "16"}, .seeds = {0, 5}};
    for (const auto& [key, text] : {std::pair("epochs", "3"), std::pair("batch", "50"),
                                    std::pair("precision", "f32"), std::pair("eval_noise", "0")}) {
      SetConfigKey(task_.config, key, text, "test");
    }
  }

  std::filesystem::path Folder(const std::string& name) const { return directory_.path() / name; }
  std::optional<SweepResult> Run(const std::string& name, PoolObserver& observer) {
    return RunSweep(task_, data_, Folder(name), {.jobs = 2, .arguments = {"test"}}, observer);
  }

  test::TemporaryDirectory directory_;
  SweepTask task_;
  DataSplits data_ = BlobSplits(200, 40);
};

TEST_F(SweepTest, TrainsEachValueWithEachSeedAndMeasuresPcaBeside) {
  Counter observer;
  const auto result = Run("sweep", observer);
  ASSERT_TRUE(result);
  WriteSweepReport(*result);
  EXPECT_EQ(observer.begun(), 6);
  ASSERT_THAT(result->points, SizeIs(3));
  EXPECT_EQ(result->points[0].value, "1");
  EXPECT_EQ(result->points[2].value, "16") << "in the order of numbers, not of texts";
  const auto backend = MakeBackend();
  const Pca pca(*backend, *data_.train, 16);
  for (const SweepPoint& point : result->points) {
    ASSERT_THAT(point.runs, SizeIs(2));
    const double a = point.runs[0].loss(), b = point.runs[1].loss();
    EXPECT_EQ(point.runs[0].seed, 0);
    EXPECT_EQ(point.runs[1].config.seed, 5);
    EXPECT_EQ(point.runs[1].config.code_size, std::stoi(point.value));
    EXPECT_NEAR(point.mean, (a + b) / 2, 1e-12);
    EXPECT_NEAR(point.spread, std::abs(a - b) / std::sqrt(2.0), 1e-12);
    EXPECT_NEAR(point.pca, pca.Error(*backend, *data_.held_out, std::stoi(point.value)), 1e-9);
  }
  const std::string csv = ReadFile(Folder("sweep") / "sweep.csv");
  EXPECT_THAT(csv, testing::StartsWith("code_size,mean,spread,pca,seed 0,seed 5\n1,"));
  EXPECT_THAT(ReadFile(Folder("sweep") / "sweep.jsonl"), HasSubstr("\"run\":\"runs/16-seed5\""));
  EXPECT_TRUE(std::filesystem::exists(Folder("sweep") / "figures" / "sweep.png"));
  EXPECT_NE(ReadFile(result->report()).find("A sweep"), std::string::npos);
  for (const auto& row : SweepRows(*result)) EXPECT_EQ(row.size(), SweepHeader(*result).size());
}

// PCA is measured on clean images.
TEST_F(SweepTest, OfCorruptedInputHasNoPcaBesideAndSaysSo) {
  SetConfigKey(task_.config, "corrupt", "gaussian:0.5", "test");
  task_.plan = {.key = "code_size", .values = {"1", "2"}, .seeds = {}};
  Counter observer;
  const auto result = Run("sweep", observer);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->loss_label(), "test MSE per pixel, input gaussian:0.5");
  EXPECT_THAT(SweepHeader(*result), Not(testing::Contains("PCA")));
}

// Their losses depend on the swept key.
TEST_F(SweepTest, OverBetaComparesBounds) {
  SetConfigKey(task_.config, "bottleneck", "gaussian", "test");
  SetConfigKey(task_.config, "loss", "bce", "test");
  task_.plan = {.key = "beta", .values = {"0.5", "8"}, .seeds = {}};
  Counter observer;
  const auto result = Run("sweep", observer);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->loss_label(), "test negative ELBO in nats per image");
  for (const SweepPoint& point : result->points) {
    const SweepRun& run = point.runs.front();
    const EpochMetrics& last = run.record.epochs.back();
    EXPECT_EQ(point.mean, -last.FindHeldOut("elbo").value());
    EXPECT_NE(point.mean, last.held_out_loss());
  }
  const std::string lines = ReadFile(Folder("sweep") / "sweep.jsonl");
  const Json line = Json::parse(lines.substr(0, lines.find('\n')));
  EXPECT_EQ(line.at("test/elbo"), -result->points[0].mean);
  EXPECT_EQ(line.at("test/loss"), result->points[0].runs.front().record.epochs.back().held_out_loss());
}

TEST_F(SweepTest, RefusesValuesThatContradictTheOtherSettingsBeforeItTrains) {
  task_.plan = {.key = "beta", .values = {"1", "2"}, .seeds = {}};  // the bottleneck is not gaussian
  Counter observer;
  EXPECT_THROW(Run("sweep", observer), Error);
  EXPECT_EQ(observer.begun(), 0);
}

TEST_F(SweepTest, QuickItEndsAWarmUpByTheMiddle) {
  SetConfigKey(task_.config, "bottleneck", "gaussian", "test");
  SetConfigKey(task_.config, "loss", "bce", "test");
  SetConfigKey(task_.config, "epochs", "40", "test");
  task_.plan = {.key = "beta_warmup", .values = {"1", "20"}, .seeds = {}};
  task_.quick = true;
  Counter observer;
  const auto result = Run("sweep", observer);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->points[0].runs.front().config.beta_warmup, 1);
  EXPECT_EQ(result->points[1].runs.front().config.beta_warmup, 2) << "of 4 epochs";
}

TEST_F(SweepTest, StoppedItGoesOnAndMoreValuesJoinIt) {
  Counter stopped(5), rest, more;
  EXPECT_FALSE(Run("sweep", stopped));
  ASSERT_TRUE(Run("sweep", rest));
  task_.plan.values.push_back("2");
  task_.plan.seeds = {5};
  const auto result = Run("sweep", more);
  ASSERT_TRUE(result);
  EXPECT_EQ(more.begun(), 1);
  Counter fresh;
  const auto whole = Run("whole", fresh);
  ASSERT_TRUE(whole);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(result->points[i].mean, whole->points[i].mean);
  EXPECT_TRUE(std::isnan(result->points[0].spread)) << "of one seed";
}

// std::stod throws for values below the smallest normal number.
TEST_F(SweepTest, OrdersTheSmallestNumbersToo) {
  task_.plan = {.key = "weight_decay", .values = {"0.001", "1e-310"}, .seeds = {}};
  Counter observer;
  const auto result = Run("sweep", observer);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->points[0].value, "1e-310");
}

// A finished run's losses are read from its epochs.
TEST_F(SweepTest, AFinishedRunWithoutItsEpochsIsADataError) {
  task_.plan = {.key = "code_size", .values = {"1"}, .seeds = {}};
  Counter observer;
  ASSERT_TRUE(Run("sweep", observer));
  const auto metrics = Folder("sweep") / "runs" / "1-seed0" / "metrics.jsonl";
  const std::string whole = ReadFile(metrics);
  for (const std::string& damaged : {std::string(), whole.substr(0, whole.find('\n') + 1)}) {
    WriteFileAtomically(metrics, damaged);
    try {
      Run("sweep", observer);
      ADD_FAILURE() << "no Error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      EXPECT_THAT(error.what(),
                  AllOf(HasSubstr("metrics.jsonl"), HasSubstr("3 epochs"), HasSubstr("resume the run")));
    }
  }
}

TEST_F(SweepTest, AnotherConfigurationInTheSameFolderIsRefused) {
  Counter none(0);
  EXPECT_FALSE(Run("sweep", none));
  task_.config.values.learning_rate = 0.5;
  try {
    Run("sweep", none);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("another 'config.learning_rate'"));
  }
}

TEST_F(SweepTest, AnImpossibleModelIsRefusedBeforeAnyTraining) {
  task_.plan.values = {"4", "65"};  // images have 64 pixels
  Counter observer;
  try {
    Run("sweep", observer);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("code_size = 65, seed 0: the code would not be a bottleneck"));
  }
  EXPECT_EQ(observer.begun(), 0);
}

TEST_F(SweepTest, TheFolderOfASearchIsRefused) {
  CreateDirectories(Folder("search"));
  WriteFileAtomically(Folder("search") / "search.json", "{}");
  Counter observer;
  try {
    Run("search", observer);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("the folder of a search"));
  }
  EXPECT_FALSE(std::filesystem::exists(Folder("search") / "sweep.json"));
}

TEST_F(SweepTest, WordsAreCategoriesAndDivergenceIsAResult) {
  task_.plan = {.key = "model", .values = {"mlp4", "mlp4-narrow"}, .seeds = {}};
  Counter observer;
  const auto words = Run("words", observer);
  ASSERT_TRUE(words);
  WriteSweepReport(*words);
  EXPECT_FALSE(words->ordered);
  EXPECT_TRUE(std::isnan(words->points[0].pca));
  EXPECT_THAT(ReadFile(Folder("words") / "figures" / "sweep.gp"), HasSubstr("'mlp4-narrow' 1"));

  for (const auto& [key, text] : kDivergingDecay) SetConfigKey(task_.config, key, text, "test");
  task_.plan = {.key = "learning_rate", .values = {"1e-3", kDivergingRate}, .seeds = {0, 1}};
  const auto rates = Run("rates", observer);
  ASSERT_TRUE(rates);
  EXPECT_FALSE(std::isnan(rates->points[0].mean));
  EXPECT_TRUE(std::isnan(rates->points[1].mean));
  EXPECT_EQ(SweepRows(*rates)[1].back(), "diverged");
  EXPECT_TRUE(RisesOf(*rates).empty());
}

TEST_F(SweepTest, AMeanSaysWhichSeedsCollapsed) {
  task_.plan = {.key = "weight_decay", .values = {"0", "1"}, .seeds = {0, 5}};
  task_.config.values.epochs = 30;
  task_.config.values.learning_rate = 1e-2;
  Counter observer;
  const auto result = Run("sweep", observer);
  ASSERT_TRUE(result);
  ASSERT_THAT(SweepWarnings(*result), SizeIs(1));
  EXPECT_THAT(
      SweepWarnings(*result)[0],
      AllOf(HasSubstr("2 of 4 runs"), HasSubstr("weight_decay = 1 with seed 0; weight_decay = 1 with seed 5"),
            HasSubstr("weight decay: with adam")));
  EXPECT_FALSE(std::isnan(result->points[1].mean));
  EXPECT_THAT(SweepRows(*result)[1].back(), HasSubstr("(collapsed)"));
  EXPECT_THAT(SweepRows(*result)[0].back(), Not(HasSubstr("collapsed")));
  EXPECT_THAT(ReadFile(Folder("sweep") / "sweep.jsonl"), HasSubstr("\"name\":\"collapsed\""));
}

// A result with the losses of three seeds per value.
SweepResult WithLosses(const std::vector<std::vector<double>>& losses) {
  SweepResult result{.held_out_name = "val", .ordered = true};
  result.task.plan.key = "code_size";
  for (const auto& of_value : losses) {
    SweepPoint point{.value = std::to_string(2 * result.points.size() + 2), .runs = {}};
    for (const double loss : of_value) {
      const EpochMetrics last(1, {{"val/loss", loss}});
      point.runs.push_back({.record = {.status = RunStatus::kFinished, .epochs = {last}}});
    }
    SummarisePoint(point);
    result.points.push_back(std::move(point));
  }
  return result;
}

TEST(Rises, AreComparedWithTheSpreadOfSeeds) {
  const SweepResult noisy = WithLosses({{.04, .04, .04}, {.030, .020, .022}, {.031, .019, .023}});
  const std::vector<SweepRise> within = RisesOf(noisy);
  ASSERT_THAT(within, SizeIs(1));
  EXPECT_EQ(within[0].from->value, "4");
  EXPECT_EQ(within[0].to->value, "6");
  EXPECT_NEAR(within[0].rise, 1e-3 / 3, 1e-12);
  // s² = ((.006)² + (.004)² + (.002)²) / 2 = 28e-6 of the first, 37.33e-6 of the second
  EXPECT_NEAR(within[0].standard_error, std::sqrt((28e-6 + 112e-6 / 3) / 3), 1e-9);
  EXPECT_EQ(within[0].seeds_up, 2);
  EXPECT_EQ(within[0].seeds, 3);
  EXPECT_FALSE(within[0].beyond_seeds());
  EXPECT_NEAR(within[0].p, 0.9465519333935712, 1e-9);
  EXPECT_NEAR(within[0].corrected_p, 0.9465519333935712, 1e-9) << "the larger of two";
  EXPECT_THAT(SweepNotes(noisy)[0], HasSubstr("no more than seeds alone explain"));

  const SweepResult clear = WithLosses({{.020, .021, .022}, {.030, .031, .032}});
  ASSERT_THAT(RisesOf(clear), SizeIs(1));
  EXPECT_TRUE(RisesOf(clear)[0].beyond_seeds());
  EXPECT_THAT(SweepNotes(clear)[0], HasSubstr("it is more than seeds alone explain"));

  EXPECT_THAT(SweepNotes(WithLosses({{.03, .04}, {.02, .01}}))[0], HasSubstr("does not rise at any step"));
  const SweepResult single = WithLosses({{.02}, {.03}});
  EXPECT_TRUE(std::isnan(RisesOf(single)[0].p));
  EXPECT_FALSE(RisesOf(single)[0].beyond_seeds());
  EXPECT_THAT(SweepNotes(single)[0], HasSubstr("only more seeds can tell"));
}

// Three seeds per value, 2.8 standard errors apart. A threshold of two would call it a rise.
TEST(Rises, OfThreeSeedsNeedMoreThanTwoStandardErrors) {
  const std::vector<std::vector<double>> two = {{.0100, .0102, .0104}, {.01045, .01065, .01085}};
  const std::vector<SweepRise> alone = RisesOf(WithLosses(two));
  ASSERT_THAT(alone, SizeIs(1));
  EXPECT_GT(alone[0].rise, 2 * alone[0].standard_error);
  EXPECT_NEAR(alone[0].p, 0.051075784854047325, 1e-9);
  EXPECT_FALSE(alone[0].beyond_seeds());
}

// A difference that would be significant alone is not among many steps.
TEST(Rises, AreCorrectedForTheNumberOfSteps) {
  std::vector<std::vector<double>> losses = {{.0100, .0102, .0104}, {.0107, .0109, .0111}};
  EXPECT_TRUE(RisesOf(WithLosses(losses))[0].beyond_seeds());
  for (int i = 0; i < 8; ++i) losses.push_back({.0107, .0109, .0111 - 1e-6 * (i + 1)});
  const std::vector<SweepRise> rises = RisesOf(WithLosses(losses));
  ASSERT_THAT(rises, SizeIs(1));
  EXPECT_LT(rises[0].p, kSignificance);
  EXPECT_NEAR(rises[0].corrected_p, 9 * rises[0].p, 1e-12);
  EXPECT_FALSE(rises[0].beyond_seeds());
  EXPECT_THAT(SweepNotes(WithLosses(losses))[0], HasSubstr("after Holm's correction for all steps"));
}

}  // namespace
}  // namespace hourglass
