// Searches on a few small images: stopping, resuming and the number of cores change nothing; lost trials are
// reported.
#include "hourglass/tune/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/report/search_report.h"
#include "support/temporary_directory.h"
#include "train/tiny_data.h"

namespace hourglass {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Stops after `allowed` complete epochs of all runs together.
class Stopper : public PoolObserver {
 public:
  explicit Stopper(int allowed = 1000000) : allowed_(allowed) {}
  void OnRunBegin(const PoolRun&, const TrainingRun&) override { ++begun_; }
  void OnEpoch(const PoolRun&, const EpochMetrics&) override { ++epochs_; }
  void OnRunEnd(const PoolRun&, const RunRecord&) override {
    if (fail_) throw SystemError({.what = "the disk is full"});
  }
  bool StopRequested() override { return epochs_ >= allowed_; }
  int epochs() const { return epochs_; }
  int begun() const { return begun_; }
  void FailAtEnd() { fail_ = true; }

 private:
  int allowed_;
  std::atomic<int> epochs_ = 0;
  std::atomic<int> begun_ = 0;
  bool fail_ = false;
};

class SearchTest : public testing::Test {
 protected:
  SearchTest() {
    task_.title = "A search";
    task_.plan = {.trials = 6,
                  .seed = 1,
                  .space = {{.key = "epochs", .draw = SearchDraw::kInteger, .low = 4, .high = 8},
                            {.key = "learning_rate", .draw = SearchDraw::kLog, .low = 1e-4, .high = 1e-1}}};
    for (const auto& [key, text] : {std::pair("code_size", "8"), std::pair("batch", "50"),
                                    std::pair("precision", "f32"), std::pair("eval_noise", "0")}) {
      SetConfigKey(task_.config, key, text, "test");
    }
  }

  std::filesystem::path Folder(const std::string& name) const { return directory_.path() / name; }
  // Without a report, which takes longer to draw than all the training here.
  std::optional<SearchResult> Run(const std::string& name, PoolObserver& observer, int jobs = 2) {
    return RunSearch(task_, data_, Folder(name), {.jobs = jobs, .arguments = {"test"}}, observer);
  }
  std::string Report(const SearchResult& result) const {
    WriteSearchReport(result);
    return ReadFile(result.report());
  }
  std::string Log(const std::string& name) const {
    std::string text;
    for (const Json& line : Lines(name)) text += line.dump() + "\n";
    return text;
  }
  // trials.jsonl without the seconds.
  std::vector<Json> Lines(const std::string& name) const {
    const std::string text = ReadFile(Folder(name) / "trials.jsonl");
    std::vector<Json> lines;
    for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      lines.push_back(ParseJson(text.substr(begin, end - begin), "trials.jsonl"));
      EXPECT_GE(lines.back().at("seconds"), 0);
      lines.back().erase("seconds");
    }
    return lines;
  }

  test::TemporaryDirectory directory_;
  SearchTask task_;
  DataSplits data_ = BlobSplits(200, 40);
};

TEST_F(SearchTest, WritesTrialsBestConfigurationAndReport) {
  Stopper observer;
  const auto result = Run("search", observer);
  ASSERT_TRUE(result && result->best);
  const std::vector<Json> lines = Lines("search");
  ASSERT_EQ(lines.size(), 6u);
  double lowest = 1;
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(lines[i].at("trial"), i);
    EXPECT_EQ(lines[i].at("status"), "finished");
    const auto run = RunDirectory::Open(Folder("search") / lines[i].at("run").get<std::string>());
    EXPECT_EQ(run.ReadMetrics().size(), lines[i].at("values").at("epochs"));
    EXPECT_EQ(run.ReadMetrics().back().held_out_loss(), lines[i].at("test/loss"));
    lowest = std::min(lowest, lines[i].at("test/loss").get<double>());
  }
  EXPECT_EQ(result->trials[*result->best].loss(), lowest);
  EXPECT_EQ(result->epochs_trained, observer.epochs());
  EXPECT_EQ(result->epochs_asked, observer.epochs());

  ResolvedConfig best;
  SetConfigFromToml(best, ReadFile(result->best_config()), "best.toml");
  EXPECT_EQ(best.values.learning_rate, result->trials[*result->best].config.learning_rate);
  EXPECT_EQ(best.values.epochs, result->trials[*result->best].config.epochs);
  EXPECT_EQ(best.values.threads, 0) << "one thread is for trials that share the cores";
  EXPECT_EQ(best.values.val_share, 0.2);

  const std::string report = Report(*result);
  EXPECT_NE(report.find("A search"), std::string::npos);
  for (const char* figure : {"search-progress", "search-epochs", "search-learning_rate"}) {
    EXPECT_TRUE(std::filesystem::exists(Folder("search") / "figures" / (std::string(figure) + ".svg")));
  }
  for (const auto& row : TrialRows(*result)) EXPECT_EQ(row.size(), TrialHeader(*result).size());
}

TEST_F(SearchTest, TheNumberOfCoresChangesNothing) {
  Stopper one, three;
  ASSERT_TRUE(Run("one", one, 1) && Run("three", three, 3));
  EXPECT_EQ(Log("one"), Log("three"));
}

TEST_F(SearchTest, StoppedAnywhereItGoesOnToTheSameTrials) {
  Stopper whole;
  ASSERT_TRUE(Run("whole", whole));
  for (const int allowed : {0, 11}) {
    Stopper stopped(allowed), rest;
    const std::string name = "after" + std::to_string(allowed);
    EXPECT_FALSE(Run(name, stopped));
    ASSERT_TRUE(Run(name, rest));
    EXPECT_EQ(stopped.epochs() + rest.epochs(), whole.epochs()) << "no epoch twice";
    EXPECT_EQ(Log(name), Log("whole"));
  }
}

TEST_F(SearchTest, WhatIsThereIsNotTrainedAgainAndMoreTrialsJoinIt) {
  task_.plan.trials = 4;
  Stopper first, again, more;
  ASSERT_TRUE(Run("search", first));
  const std::string four = Log("search");
  ASSERT_TRUE(Run("search", again));
  EXPECT_EQ(again.begun(), 0);
  EXPECT_EQ(Log("search"), four);
  task_.plan.trials = 6;
  ASSERT_TRUE(Run("search", more));
  EXPECT_EQ(more.begun(), 2);
  EXPECT_EQ(Log("search").substr(0, four.size()), four);
  Stopper whole;
  ASSERT_TRUE(Run("whole", whole));
  EXPECT_EQ(Log("search"), Log("whole"));
}

TEST_F(SearchTest, AnotherSearchInTheSameFolderIsRefused) {
  task_.plan.trials = 1;
  Stopper observer;
  ASSERT_TRUE(Run("search", observer));
  const SearchTask task = task_;
  const auto refused = [&](const char* member) {
    try {
      Run("search", observer);
      ADD_FAILURE() << member;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_THAT(error.what(), HasSubstr(std::string("another '") + member + "'"));
    }
    task_ = task;
  };
  task_.plan.seed = 2;
  refused("search_seed");
  task_.plan.space[1].high = 1;
  refused("space.learning_rate.log");
  task_.plan.space.pop_back();
  refused("space.learning_rate");
  task_.config.values.code_size = 3;
  refused("config.code_size");
  task_.quick = true;
  refused("quick");
  data_.checksum = std::string(64, 'b');
  refused("data_checksum");
}

TEST_F(SearchTest, ADivergedTrialIsAResult) {
  for (const auto& [key, text] : kDivergingDecay) SetConfigKey(task_.config, key, text, "test");
  task_.plan.space = {
      {.key = "learning_rate", .draw = SearchDraw::kChoice, .choices = {"1e-3", kDivergingRate}}};
  task_.config.values.epochs = 3;
  Stopper first, again;
  const auto result = Run("search", first);
  ASSERT_TRUE(result);
  ASSERT_TRUE(result->best);
  int diverged = 0;
  for (const Json& line : Lines("search")) {
    const bool lost = line.at("values").at("learning_rate") == 1e25;
    diverged += lost ? 1 : 0;
    EXPECT_EQ(line.at("status"), lost ? "diverged" : "finished");
    EXPECT_EQ(line.at("test/loss").is_null(), lost);
    if (lost) {
      EXPECT_THAT(line.at("error").get<std::string>(), HasSubstr("diverged in epoch 1"));
    }
  }
  EXPECT_TRUE(diverged > 0 && diverged < 6) << diverged;
  const std::string log = Log("search");
  ASSERT_TRUE(Run("search", again));
  EXPECT_EQ(again.begun(), 0) << "it would only diverge again";
  EXPECT_EQ(Log("search"), log);
}

TEST_F(SearchTest, AModelOfNoUseIsNamedWithItsLikelyCause) {
  task_.plan.space = {{.key = "weight_decay", .draw = SearchDraw::kChoice, .choices = {"0", "1"}}};
  task_.config.values.epochs = 30;
  task_.config.values.learning_rate = 1e-2;
  Stopper observer;
  const auto result = Run("search", observer);
  ASSERT_TRUE(result && result->best);
  std::vector<std::string> collapsed;
  for (const Json& line : Lines("search")) {
    const bool decays = line.at("values").at("weight_decay") == 1;
    EXPECT_EQ(line.contains("failure"), decays);
    if (!decays) continue;
    EXPECT_EQ(line["failure"].at("name"), "collapsed");
    collapsed.push_back(line.at("trial").dump());
  }
  ASSERT_FALSE(collapsed.empty());
  EXPECT_EQ(TrialRows(*result).back()[1], "finished, collapsed");
  const SearchNote note = SearchNotes(*result)[1];  // after that of the test images
  EXPECT_TRUE(note.warning);
  EXPECT_THAT(note.sentence,
              AllOf(HasSubstr("(collapsed): " + collapsed[0]), HasSubstr("weight decay: with adam")));
  EXPECT_THAT(note.sentence, Not(HasSubstr("The best trial")));
}

TEST_F(SearchTest, NothingIsBestWhenAllDiverge) {
  for (const auto& [key, text] : kDivergingDecay) SetConfigKey(task_.config, key, text, "test");
  task_.plan.space = {{.key = "learning_rate", .draw = SearchDraw::kChoice, .choices = {kDivergingRate}}};
  task_.plan.trials = 2;
  Stopper observer;
  const auto result = Run("search", observer);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->best);
  EXPECT_FALSE(std::filesystem::exists(result->best_config()));
  EXPECT_NE(Report(*result).find("2 of 2 trials diverged"), std::string::npos);
}

TEST_F(SearchTest, AFailedTrialIsTriedAgain) {
  task_.plan.trials = 2;
  Stopper observer;
  ASSERT_TRUE(Run("search", observer));
  const auto last = Folder("search") / "trials" / "001" / "checkpoints" / "last";
  const auto info = Folder("search") / "trials" / "001" / "run.json";
  Json failed = ReadJson(info);
  failed["status"] = "failed";
  failed["error"] = "the disk is full";
  WriteJson(info, failed);
  const std::string checkpoint = ReadFile(last);
  WriteFileAtomically(last, "damaged");
  Stopper damaged;
  const auto result = Run("search", damaged);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->trials[1].status, TrialStatus::kFailed);
  EXPECT_THAT(Lines("search")[1].at("error").get<std::string>(), HasSubstr("checkpoints/last"));
  WriteFileAtomically(last, checkpoint);
  Stopper mended;
  ASSERT_TRUE(Run("search", mended));
  EXPECT_EQ(Lines("search")[1].at("status"), "finished");
}

TEST_F(SearchTest, QuickTrainsATenthAndSaysSo) {
  task_.quick = true;
  task_.plan.space[0].low = 20;
  task_.plan.space[0].high = 49;
  task_.plan.trials = 3;
  Stopper observer;
  const auto result = Run("search", observer);
  ASSERT_TRUE(result && result->best);
  for (const Json& line : Lines("search")) {
    EXPECT_EQ(line.at("epochs"), std::stoi(result->trials[line.at("trial")].values[0].text) / 10);
  }
  EXPECT_TRUE(SearchNotes(*result)[0].warning);
  EXPECT_THAT(SearchNotes(*result)[0].sentence, HasSubstr("A quick search"));
  ResolvedConfig best;
  SetConfigFromToml(best, ReadFile(result->best_config()), "best.toml");
  EXPECT_GE(best.values.epochs, 20);
  EXPECT_THAT(ReadFile(result->best_config()), HasSubstr("quick"));
}

TEST_F(SearchTest, HalvingGivesUpTheWorseHalfTwice) {
  task_.halving = true;
  Stopper observer;
  const auto result = Run("half", observer);
  ASSERT_TRUE(result && result->best);
  std::vector<const SearchTrial*> quarter, half;
  for (const SearchTrial& trial : result->trials) {
    const auto epochs = static_cast<int64_t>(trial.epochs.size());
    if (trial.status == TrialStatus::kFinished) {
      EXPECT_EQ(epochs, trial.config.epochs);
      continue;
    }
    ASSERT_EQ(trial.status, TrialStatus::kStopped);
    const bool at_quarter = epochs == (trial.config.epochs + 3) / 4;
    EXPECT_TRUE(at_quarter || epochs == (trial.config.epochs + 1) / 2) << epochs;
    (at_quarter ? quarter : half).push_back(&trial);
  }
  EXPECT_EQ(quarter.size(), 3u) << "of 6";
  EXPECT_EQ(half.size(), 1u) << "of 3";
  // Trials that continued were better at the first rung than trials that did not.
  const auto loss_at_quarter = [](const SearchTrial& trial) {
    return trial.epochs[static_cast<size_t>((trial.config.epochs + 3) / 4 - 1)].held_out_loss();
  };
  for (const SearchTrial* lost : quarter) {
    for (const SearchTrial& trial : result->trials) {
      if (trial.epochs.size() > lost->epochs.size() && trial.status != TrialStatus::kStopped) {
        EXPECT_LE(loss_at_quarter(trial), loss_at_quarter(*lost));
      }
    }
  }
  EXPECT_EQ(result->epochs_trained, observer.epochs());
  EXPECT_LT(result->epochs_trained, result->epochs_asked);
}

TEST_F(SearchTest, HalvingStoppedAnywhereComesToTheSameEnd) {
  task_.halving = true;
  Stopper whole;
  ASSERT_TRUE(Run("whole", whole));
  for (const int allowed : {3, 14}) {
    Stopper stopped(allowed), rest;
    const std::string name = "after" + std::to_string(allowed);
    EXPECT_FALSE(Run(name, stopped));
    ASSERT_TRUE(Run(name, rest));
    EXPECT_EQ(Log(name), Log("whole"));
  }
}

TEST_F(SearchTest, AfterHalvingAWholeSearchTrainsTheRest) {
  task_.halving = true;
  Stopper half, rest, whole;
  const auto halved = Run("search", half);
  task_.halving = false;
  ASSERT_TRUE(halved && Run("search", rest) && Run("whole", whole));
  EXPECT_EQ(half.epochs() + rest.epochs(), whole.epochs());
  EXPECT_EQ(Log("search"), Log("whole"));
}

TEST_F(SearchTest, WhatTheObserverThrowsEndsTheSearch) {
  Stopper observer;
  observer.FailAtEnd();
  EXPECT_THROW(Run("search", observer), Error);
  Stopper rest, whole;
  ASSERT_TRUE(Run("search", rest) && Run("whole", whole));
  EXPECT_EQ(Log("search"), Log("whole"));
}

}  // namespace
}  // namespace hourglass
