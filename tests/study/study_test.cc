// A whole study on a few small images: what it writes, and that stopping and resuming changes nothing.
#include "hourglass/study/study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/rng.h"
#include "hourglass/map/map_run.h"
#include "hourglass/study/detail/study_measures.h"
#include "hourglass/study/result_tables.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

constexpr char kRecipe[] = R"toml(title = "Two bottlenecks"
text = "A test"
[train]
epochs = 3
batch = 50
precision = "f32"
threads = 1
eval_noise = [0.2, 0.5]
[[run]]
name = "z2"
label = "d = 2"
train = { code_size = 2 }
[[run]]
name = "z5"
label = "d = 5"
train = { code_size = 5 }
[[run]]
name = "z5-narrow"
label = "d = 5, narrow"
control_of = "z5"
train = { code_size = 5, model = "mlp4-narrow" }
[[published]]
what = "first loss"
measure = "z5.train/loss:first"
values = [0.1]
source = "nobody"
[[claim]]
text = "The smallest bottleneck reconstructs worst"
checks = [{ test = "more", measure = "z2.test/mse", than = "z5.test/mse" }]
[[claim]]
text = "3 epochs are too long ({label})"
runs = ["z2", "z5"]
checks = [{ test = "rises", curve = "{run}.test/noisy_loss@0.5" }]
)toml";

std::shared_ptr<const Dataset> Blobs(int64_t count, uint64_t seed, bool labelled = true) {
  const Rng rng(seed, Stream::kPick);
  Tensor images({count, 1, 8, 8}, DType::kU8);
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < count; ++i) {
    if (labelled) labels.push_back(static_cast<int32_t>(i % 10));
    for (int64_t p = 0; p < 64; ++p) {
      const bool inside = p % 8 <= i % 10 && p / 8 >= i % 5;
      const uint32_t noise = rng.Below(50, 0, static_cast<uint64_t>(i), static_cast<uint32_t>(p));
      images.data<uint8_t>()[i * 64 + p] = static_cast<uint8_t>((inside ? 200 : 0) + noise);
    }
  }
  return std::make_shared<InMemoryDataset>(std::move(images), std::move(labels));
}

constexpr char kTaughtRecipe[] = R"toml(title = "Taught by a map"
text = "A test"
[train]
model = "mlp4"
code_size = 2
neighbourhood = "auto"
epochs = 2
batch = 50
precision = "f32"
eval_noise = 0.0
[[run]]
name = "mapped"
label = "taught by a map"
[pictures]
denoise = []
interpolate = []
[neighbours]
distances = ["l2"]
k = 30
at = [5]
show = [1]
map = true
)toml";

constexpr char kNeighbourRecipe[] = R"toml(title = "Neighbours"
text = "A test"
side_by_side = true
[train]
model = "deep-relu"
code_size = 2
epochs = 3
batch = 20
precision = "f32"
schedule = "none"
eval_noise = 0.0
[[run]]
name = "mse"
label = "by MSE"
seeds = 2
[[run]]
name = "l1"
label = "by L1"
train = { loss = "l1", model = "deep-linear" }
[pictures]
best_to_worst = 6
denoise = []
interpolate = []
[neighbours]
k = 30
at = [5, 20]
show = [1, 3]
map = true
[[neighbours.published]]
run = "l1"
distance = "l2"
score = [0.25, 0.5]
score_by_label = [0.125]
[[claim]]
text = "The code keeps half of the neighbours"
checks = [{ test = "more", measure = "*.l2/score@20", than = 0.5 }]
show = ["mse-2.l2/score@20"]
[[claim]]
text = "It is PCA, as published"
checks = [
  { test = "equals", measure = "l1.l1/score@5", to = "pca.l1/score@5", factor = 1.2 },
  { test = "nearest", measure = "published.l1.l2/score@5", to = "l1.l2/score@5", among = "mse.l2/score@5" },
  { test = "top", curve = "*.l2/rate_by_label@20", at = 1, among = 2 },
]
[[claim]]
text = "New images keep their neighbours too"
checks = [
  { test = "more", measure = ["*.l2/new_score@20", "*.l1/new_trustworthiness@5"], than = 0.1 },
  { test = "less", measure = ["l1.l2/new_rate@20", "l1.l2/new_accuracy@20"], than = ["l1.l2/new_input_rate@20", "l1.l2/new_input_accuracy@20"] },
  { test = "less", measure = ["l1.l2/new_improvement@20", "l1.l2/accuracy@5"], than = 2 },
]
)toml";

// Stops after `allowed` batches in total.
class StudyStopper : public StudyObserver, public TrainObserver {
 public:
  explicit StudyStopper(int allowed = 1000000) : allowed_(allowed) {}
  TrainObserver& OnRun(const RecipeRun&, const TrainingRun&) override { return *this; }
  PoolObserver& OnPool(std::string_view what, size_t, int) override {
    pools.emplace_back(what);
    return pool;
  }
  std::vector<std::string> pools;
  PoolObserver pool;
  void OnStep(std::string_view) override {}
  void OnBatch(const BatchProgress&) override { ++batches_; }
  bool StopRequested() override { return batches_ >= allowed_; }
  int batches() const { return batches_; }

 private:
  int allowed_;
  int batches_ = 0;
};

class StudyTest : public testing::Test {
 protected:
  StudyTest() {
    data_.name = "blobs";
    data_.held_out_name = "test";
    data_.train = Blobs(200, 1);
    data_.held_out = Blobs(60, 2);
    data_.checksum = "c";
  }

  std::optional<StudyOutcome> RunIn(const std::string& folder, StudyObserver& observer) {
    return RunStudy(recipe_, data_, {.out = directory_.path() / folder, .arguments = {"test"}}, observer);
  }
  // Drawing takes most of a study's time, so tests that are not about figures use fewer runs.
  void KeepRuns(size_t count) {
    recipe_.runs.erase(recipe_.runs.begin() + static_cast<std::ptrdiff_t>(count), recipe_.runs.end());
    recipe_.published.clear();
  }
  std::string Content(const std::string& path) const { return ReadFile(directory_.path() / path); }

  test::TemporaryDirectory directory_;
  Recipe recipe_ = ParseRecipe(kRecipe, "two", "two.toml");
  DataSplits data_;
};

TEST_F(StudyTest, WritesRunsFiguresNumbersAndReport) {
  StudyStopper observer;
  const auto outcome = RunIn("whole", observer);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(observer.batches(), 3 * 3 * 4);
  ASSERT_EQ(outcome->results.size(), 3U);
  EXPECT_EQ(outcome->results[2].control_of, "z5");
  for (const RunResult& result : outcome->results) {
    EXPECT_EQ(result.epochs.size(), 3U);
    const auto noisy = outcome->measures.Find(result.name + ".test/noisy_loss@0.2:last");
    ASSERT_TRUE(noisy);
    // The log of the last epoch and the measurement of the trained model use the same model and noise.
    EXPECT_NEAR(NumberOf(*noisy), result.noisy_mse[0], 1e-6);
    EXPECT_NEAR(result.held_out_mse, result.epochs.back().held_out_loss(), 1e-6);
    EXPECT_NE(result.noisy_mse[1], result.held_out_mse);
  }
  EXPECT_EQ(outcome->verdicts.size(), 1U + 2);
  for (const char* file :
       {"report.html", "study.json", "z2/report.html", "z5/model.safetensors", "figures/loss.png",
        "figures/loss-z2.svg", "figures/noise-z5-narrow.png", "figures/reconstruction.png",
        "figures/denoising.png", "figures/interpolation.png"}) {
    EXPECT_TRUE(std::filesystem::exists(directory_.path() / "whole" / file)) << file;
  }
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "whole/figures/best-to-worst.png"));
  const std::string report = Content("whole/report.html");
  EXPECT_THAT(report, testing::HasSubstr("The smallest bottleneck reconstructs worst"));
  EXPECT_THAT(report, testing::HasSubstr("Published beside measured"));
  EXPECT_THAT(Content("whole/figures/noise-z2.csv"), testing::HasSubstr("noisy input (σ = 0.5)"));
  const Json json = ReadJson(directory_.path() / "whole" / "study.json");
  EXPECT_EQ(json["runs"].size(), 3U);
  EXPECT_EQ(json["measures"]["z2.test/mse"], outcome->results[0].held_out_mse);
  for (const ClaimVerdict& verdict : outcome->verdicts)
    EXPECT_NE(verdict.answer, ClaimAnswer::kOpen) << verdict.because;
  EXPECT_EQ(outcome->measures.names(), PlannedMeasures(recipe_).names()) << "recipes are checked by these";

  const auto rows = PublishedRows(recipe_, outcome->measures);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].size(), PublishedHeader().size());
  EXPECT_EQ(rows[0][1], "d = 5");
  EXPECT_EQ(rows[0][3], "0.1000");
  EXPECT_THAT(rows[0][5], testing::EndsWith("%"));
  for (const auto& row : ResultRows(outcome->results)) EXPECT_EQ(row.size(), ResultHeader().size());
}

TEST_F(StudyTest, StoppedAndContinuedEqualsNeverStopped) {
  KeepRuns(2);
  StudyStopper whole, stopped(17), rest;
  ASSERT_TRUE(RunIn("whole", whole));
  ASSERT_FALSE(RunIn("parts", stopped));
  ASSERT_TRUE(RunIn("parts", rest));
  EXPECT_LT(rest.batches(), whole.batches());
  for (const char* run : {"z2", "z5"}) {
    const auto name = [&](const char* folder, const char* file) {
      return std::string(folder) + "/" + run + "/" + file;
    };
    EXPECT_EQ(ReadSafetensors(directory_.path() / name("parts", "model.safetensors")).tensors.size(), 8U);
    EXPECT_EQ(Content(name("parts", "measurements.json")), Content(name("whole", "measurements.json")))
        << run;
  }
}

TEST_F(StudyTest, FinishedRunsAreNotTrainedAgain) {
  KeepRuns(1);
  StudyStopper first, second;
  const auto once = RunIn("study", first);
  const auto again = RunIn("study", second);
  ASSERT_TRUE(once && again);
  EXPECT_EQ(second.batches(), 0);
  EXPECT_EQ(ToJson(*once), ToJson(*again));
}

TEST_F(StudyTest, AFolderOfAnotherSeedIsRefused) {
  StudyStopper observer(6);
  ASSERT_FALSE(RunIn("study", observer));
  OverrideRuns(recipe_, {}, {{"seed", "5"}});
  try {
    RunIn("study", observer);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), testing::HasSubstr("seed"));
  }
}

TEST_F(StudyTest, ClassesThatTheDataLacksAreReplacedByTheFirst) {
  KeepRuns(1);
  recipe_.claims.clear();
  recipe_.pictures.interpolate = {2, 99};
  recipe_.generation = {.run = recipe_.runs[0].name, .from = 12, .to = 1};
  StudyStopper observer;
  ASSERT_TRUE(RunIn("study", observer));
  EXPECT_THAT(Content("study/figures/generation.gp"), testing::HasSubstr("'1/"));
  EXPECT_THAT(Content("study/figures/interpolation.gp"), testing::HasSubstr("'2'.\"\\n\".'#2'"));
  const std::string report = Content("study/report.html");
  EXPECT_THAT(report, testing::HasSubstr("From 2 to 0 along"));
  EXPECT_THAT(report, testing::HasSubstr("of class 0 and of class 1"));
}

TEST_F(StudyTest, ImagesWithoutLabelsHaveNoClassesToGenerateFrom) {
  data_.train = Blobs(200, 1, false);
  recipe_.generation = {.run = "z5", .from = 1, .to = 2};
  StudyStopper observer;
  try {
    RunIn("study", observer);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), testing::HasSubstr("remove that section"));
  }
  EXPECT_EQ(observer.batches(), 0);
}

TEST_F(StudyTest, ImagesWithoutLabelsAreShownByTheirNumber) {
  data_.train = Blobs(200, 1, false);
  data_.held_out = Blobs(60, 2, false);
  KeepRuns(1);
  recipe_.claims.clear();
  StudyStopper observer;
  ASSERT_TRUE(RunIn("study", observer));
  EXPECT_THAT(Content("study/report.html"), testing::HasSubstr("From image 0 to image 1 along"));
}

TEST_F(StudyTest, SettingsOfAnotherStudyAreToldBeforeItsVerdicts) {
  KeepRuns(1);
  OverrideRuns(recipe_, {}, {{"batch", "40"}});
  StudyStopper observer;
  ASSERT_TRUE(RunIn("study", observer));
  const std::string report = Content("study/report.html");
  const size_t warning = report.find("run with batch = 40 instead of 50");
  ASSERT_NE(warning, std::string::npos);
  EXPECT_LT(warning, report.rfind("Claims and what the numbers say")) << "not its entry in the contents";
}

// The error of codes that an encoder learns is no loss of the run.
TEST_F(StudyTest, OfATaughtRunTheLossesAreThoseOfItsDecoder) {
  KeepRuns(1);
  recipe_.claims.clear();
  recipe_.runs[0].config.values.neighbourhood = "auto";
  recipe_.runs[0].config.values.encoder_epochs = 2;
  StudyStopper observer;
  const auto outcome = RunIn("taught", observer);
  ASSERT_TRUE(outcome);
  const RunResult& result = outcome->results[0];
  ASSERT_EQ(result.epochs.size(), 1U);
  EXPECT_EQ(result.epochs[0].epoch(), 3);
  EXPECT_EQ(NumberOf(*outcome->measures.Find("z2.epochs")), 3);
  EXPECT_NEAR(result.held_out_mse, result.epochs[0].held_out_loss(), 1e-6);
  EXPECT_EQ(ResultRows(outcome->results)[0][2], ResultRows(outcome->results)[0][3]);
}

TEST_F(StudyTest, OfAnEncoderAloneTheLossesAreErrorsOfCodes) {
  KeepRuns(1);
  recipe_.claims.clear();
  recipe_.runs[0].config.values.neighbourhood = "auto";
  recipe_.runs[0].config.values.encoder_epochs = 3;
  StudyStopper observer;
  const auto outcome = RunIn("encoder", observer);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->results[0].epochs.size(), 3U);
}

// The run "mse" of kNeighbourRecipe and its repeat.
void ExpectBothSeeds(const StudyOutcome& outcome) {
  EXPECT_EQ(outcome.results[1].repeat_of, "mse");
  EXPECT_NE(outcome.results[0].held_out_mse, outcome.results[1].held_out_mse);
  const auto errors = outcome.measures.Find("mse.test/mse");
  ASSERT_TRUE(errors);
  EXPECT_THAT(std::get<MeasuredSample>(errors->value).values,
              testing::ElementsAre(outcome.results[0].held_out_mse, outcome.results[1].held_out_mse));
  const auto score = [&](const char* name) {
    return ScoresOf(*FindCode(*outcome.neighbours, name), Distance::kL2, 20).score;
  };
  const auto scores = outcome.measures.Find("mse.l2/score@20");
  ASSERT_TRUE(scores);
  EXPECT_DOUBLE_EQ(NumberOf(*scores), (score("mse") + score("mse-2")) / 2);
  EXPECT_THAT(ValueText(*scores), testing::EndsWith("of 2 seeds"));
  EXPECT_EQ(NumberOf(*outcome.measures.Find("mse-2.l2/score@20")), score("mse-2"));
  EXPECT_EQ(NumberOf(*outcome.measures.Find("mse.train/loss:last")),
            outcome.results[0].epochs.back().train_loss());
  EXPECT_EQ(ValueText(*outcome.measures.Find("mse.code_size")), "2") << "the same for all seeds";
  const std::string points = ReadFile(outcome.report.parent_path() / "figures/error-and-score.csv");
  EXPECT_THAT(points, testing::HasSubstr("\"by MSE, 2 seeds\""));
  EXPECT_THAT(points, testing::Not(testing::HasSubstr("seed 2 of 2")));
}

TEST_F(StudyTest, NeighboursOfRunsTrainedSideBySide) {
  recipe_ = ParseRecipe(kNeighbourRecipe, "near", "near.toml");
  StudyStopper observer;
  const auto outcome = RunIn("near", observer);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(observer.pools, std::vector<std::string>{"runs"});
  EXPECT_EQ(observer.batches(), 0);  // all batches run in the pool
  EXPECT_EQ(outcome->verdicts.size(), 3U);
  for (const ClaimVerdict& verdict : outcome->verdicts)
    EXPECT_NE(verdict.answer, ClaimAnswer::kOpen) << verdict.because;
  EXPECT_EQ(outcome->measures.names(), PlannedMeasures(recipe_).names());
  ASSERT_TRUE(outcome->neighbours);
  ASSERT_EQ(outcome->neighbours->codes.size(), 5U);
  const ScoredCode& map = outcome->neighbours->codes.back();
  EXPECT_EQ(map.name, kMapCode);
  EXPECT_EQ(map.new_codes.shape(), (Shape{60, 2}));
  EXPECT_TRUE(ReadMap(directory_.path() / "near/neighbours/map").IsOf(AllImages(*data_.train)));
  EXPECT_GT(NumberOf(*outcome->measures.Find("map.l2/score@20")), 0.5);
  EXPECT_GT(NumberOf(*outcome->measures.Find("map.l2/new_score@20")), 0.4);
  EXPECT_GT(ScoresOf(*FindCode(*outcome->neighbours, kPcaCode), Distance::kL2, 20).score, 0.3);
  const ScoredCode& pca = *FindCode(*outcome->neighbours, kPcaCode);
  EXPECT_EQ(pca.new_codes.rows(), 60);
  EXPECT_EQ(NumberOf(*outcome->measures.Find("pca.l2/new_score@20")),
            NewScoresOf(pca, Distance::kL2, 20).score.mean);
  EXPECT_GT(NewScoresOf(pca, Distance::kL2, 20).score.mean, 0.3);
  EXPECT_EQ(ToString(outcome->results[2].objective.terms), "l1");
  for (const char* file :
       {"loss-mse.png", "codes-mse.png", "codes-l1-kept.png", "codes-pca.svg", "qnx-l1.png", "rnx-l2.png",
        "nearest-mse.png", "nearest-pca-new.png", "codes-map.png", "plane-mse.png", "error-and-score.png",
        "reconstruction.png", "best-to-worst.png"}) {
    EXPECT_TRUE(std::filesystem::exists(directory_.path() / "near" / "figures" / file)) << file;
  }
  for (const char* file : {"denoising.png", "codes-mse-2.png", "loss-mse-2.png"}) {
    EXPECT_FALSE(std::filesystem::exists(directory_.path() / "near" / "figures" / file)) << file;
  }
  ExpectBothSeeds(*outcome);
  EXPECT_THAT(Content("near/report.html"),
              testing::AllOf(testing::HasSubstr("score@20"), testing::HasSubstr("0.5000"),
                             testing::HasSubstr("60 held-out images by the error of"),
                             testing::Not(testing::HasSubstr("Denoising"))));
  StudyStopper again;
  EXPECT_EQ(ToJson(*RunIn("near", again)), ToJson(*outcome));
  EXPECT_TRUE(again.pools.empty());
}

TEST_F(StudyTest, AMapThatTaughtARunIsMeasuredAndNotMadeAgain) {
  recipe_ = ParseRecipe(kTaughtRecipe, "taught", "taught.toml");
  StudyStopper observer;
  const auto outcome = RunIn("taught", observer);
  ASSERT_TRUE(outcome);
  const Tensor& codes = FindCode(*outcome->neighbours, kMapCode)->codes;
  const MapFile teacher = ReadMap(directory_.path() / "taught/mapped/teacher");
  EXPECT_TRUE(std::ranges::equal(codes.span<float>(), teacher.codes.span<float>()));
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "taught/neighbours/map"));
}

TEST_F(StudyTest, ARunIsTaughtByAMapOfTheCodesOfAnEarlierOne) {
  std::string text = kTaughtRecipe;
  const std::string from = "[[run]]\nname = \"mapped\"";
  text.replace(
      text.find(from), from.size(),
      "[[run]]\nname = \"first\"\nlabel = \"views\"\ntrain = { neighbourhood = \"views\", code_size = 4 }\n" +
          from + "\ntaught_by = \"first\"");
  recipe_ = ParseRecipe(text, "taught", "taught.toml");
  StudyStopper observer;
  const auto outcome = RunIn("taught", observer);
  ASSERT_TRUE(outcome);
  const std::filesystem::path folder = directory_.path() / "taught";
  const MapFile teacher = ReadMap(folder / "mapped/teacher");
  EXPECT_EQ(teacher.description.at("source").at("run"), (folder / "first").string());
  EXPECT_TRUE(std::filesystem::exists(folder / "neighbours/map")) << "that of the pixels is another";
}

TEST_F(StudyTest, NeighboursThatCannotBeAreRefusedBeforeTraining) {
  recipe_ = ParseRecipe(kNeighbourRecipe, "near", "near.toml");
  StudyStopper observer;
  recipe_.neighbours->k = 199;  // of 200 images
  EXPECT_THROW(RunIn("near", observer), Error);
  EXPECT_TRUE(observer.pools.empty());
}

}  // namespace
}  // namespace hourglass
