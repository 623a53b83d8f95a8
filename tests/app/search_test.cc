// hourglass search and sweep from end to end: results, bad input, and every way to stop them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "hourglass/core/file.h"
#include "hourglass/core/hash.h"
#include "hourglass/core/json.h"
#include "hourglass/core/rng.h"
#include "hourglass/train/run_directory.h"
#include "program.h"
#include "support/temporary_directory.h"

namespace hourglass::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kRecipe[] = R"([train]
code_size = 2
batch = 50
precision = "f32"
eval_noise = 0.0
[search]
trials = 6
space = { learning_rate = { log = [1e-4, 1e-1] }, epochs = { integer = [10, 30] } }
[sweep]
key = "code_size"
values = [1, 4]
seeds = [0, 1]
)";

class Search : public testing::Test {
 protected:
  Search() {
    WriteBlobs(folder_ / "data", 200, 40);
    WriteFileAtomically(folder_ / "mine.toml", kRecipe);
  }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  // hourglass <verb> on the recipe and the small data set, without a report.
  std::vector<std::string> Arguments(const std::string& verb, const std::string& out,
                                     const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {
        verb, Path("mine.toml"), "--data", Path("data"), "--no-report", "--jobs", "2", "--out", Path(out)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  // A log with one line per run, without the seconds.
  std::vector<Json> Lines(const std::string& file) const {
    const std::string text = ReadFile(folder_ / file);
    std::vector<Json> lines;
    for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      lines.push_back(ParseJson(text.substr(begin, end - begin), file));
      lines.back().erase("seconds");
    }
    return lines;
  }
  // Waits until that many trials have started in the folder "out".
  void AwaitTrials(Process& process, std::ptrdiff_t count) const {
    const auto trials = folder_ / "out" / "trials";
    while (!process.Ended()) {
      if (std::filesystem::exists(trials) &&
          std::distance(std::filesystem::directory_iterator(trials), {}) >= count) {
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    FAIL() << "ended before: " << process.Wait().err;
  }

  TemporaryDirectory folder_;
};

TEST_F(Search, PrintsTheTrialsAndLeavesTheBestToBeTrained) {
  const Outcome outcome = RunHourglass(Arguments("search", "out"));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("learning_rate"), HasSubstr("epochs were trained (100 %)"),
                                 HasSubstr("val MSE per pixel"), HasSubstr(Path("out/best.toml"))));
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("160 train and 40 val images"), HasSubstr("2 side by side"),
                                 HasSubstr("trial 5: val"), Not(HasSubstr("\r"))));
  ASSERT_EQ(Lines("out/trials.jsonl").size(), 6u);

  // The best trial is an ordinary run, and its configuration reproduces it.
  const Outcome json = RunHourglass(Arguments("search", "out", {"--json", "-q"}));
  EXPECT_THAT(json.err, IsEmpty());
  const Json result = ParseJson(json.out, "stdout");
  const Json best = result.at("trials").at(result.at("best").get<size_t>());
  ASSERT_EQ(RunHourglass({"train", "--config", Path("out/best.toml"), "--threads", "1", "--no-report",
                          "--out", Path("again")})
                .code,
            0);
  EXPECT_EQ(RunDirectory::Open(folder_ / "again").ReadMetrics().back().held_out_loss(), best.at("val/loss"));
  const std::string run = Path("out/" + best.at("run").get<std::string>());
  EXPECT_EQ(Sha256(ReadFile(std::filesystem::path(run) / "model.safetensors")).size(), 64u);
  EXPECT_EQ(RunHourglass({"summary", run}).code, 0);
}

TEST_F(Search, BadInputGetsOneErrorAndItsExitCode) {
  WriteFileAtomically(folder_ / "empty.toml", "[train]\nepochs = 2\n");
  struct Case {
    std::vector<std::string> arguments;
    int code;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{"search"}, 2, "RECIPE is missing"},
      {{"search", Path("absent.toml")}, 2, "no recipe"},
      {{"search", "labb"}, 2, "did you mean 'lab'"},
      {{"search", Path("empty.toml")}, 2, "no [search] section"},
      {{"search", "lab"}, 2, "no [search] section"},
      {Arguments("search", "x", {"--trials", "0"}), 2, "--trials"},
      {Arguments("search", "x", {"--jobs", "0"}), 2, "--jobs"},
      {Arguments("search", "x", {"--search-seed", "-1"}), 2, "--search-seed"},
      {Arguments("search", "x", {"--epochs", "3"}), 2, "'epochs' varies between the runs"},
      {Arguments("search", "x", {"--lr", "0.1"}), 2, "'learning_rate' varies between the runs"},
      {Arguments("search", "x", {"--val-share", "1"}), 2, "'val_share'"},
      {Arguments("search", "mine.toml/x"), 1, "cannot create"},
      {{"study", "--recipe", Path("mine.toml")}, 2, "no runs to study"},
      {{"sweep"}, 2, "the sweep has no key"},
      {{"sweep", Path("empty.toml")}, 2, "--key and --values"},
      {{"sweep", "--key", "code_size"}, 2, "no values"},
      {{"sweep", "--key", "code_sise", "--values", "2"}, 2, "did you mean 'code_size'"},
      {{"sweep", "--key", "code_size", "--values", "2,x"}, 2, "'code_size'"},
      {Arguments("sweep", "x", {"--seeds", "0,0"}), 2, "twice"},
      {Arguments("sweep", "x", {"--seed", "3"}), 2, "'seed' varies between the runs"},
      {Arguments("sweep", "x", {"-z", "3"}), 2, "'code_size' varies between the runs"},
      {Arguments("sweep", "x", {"--key", "batch"}), 2, "no values"},
  };
  for (const Case& bad : cases) {
    const Outcome outcome = RunHourglass(bad.arguments);
    EXPECT_EQ(outcome.code, bad.code) << bad.message << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("error: "));
    EXPECT_THAT(outcome.err, HasSubstr(bad.message));
    EXPECT_THAT(outcome.out, IsEmpty());
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x"));
}

TEST_F(Search, AllTrialsDivergingEndsWithFour) {
  WriteFileAtomically(
      folder_ / "mine.toml",
      "[train]\nbatch = 50\noptimizer = \"adamw\"\nweight_decay = 0.01\n[search]\ntrials = 2\n"
      "space = { learning_rate = { choice = [1e25] } }\n");
  const Outcome outcome = RunHourglass(Arguments("search", "out", {"-e", "5"}));
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.out, HasSubstr("diverged"));
  EXPECT_THAT(outcome.err, HasSubstr("no trial of the search finished"));
}

// A failed trial is resumed after its architecture's file has changed.
TEST_F(Search, WarningsOfResumedTrialsArePrinted) {
  const std::string model = R"(encoder = [{name = "a", kind = "dense", outputs = "code"}]
decoder = [{name = "b", kind = "dense", outputs = "pixels", activation = "sigmoid"}]
)";
  WriteFileAtomically(folder_ / "own.toml", model);
  const auto search = Arguments("search", "out", {"--trials", "2", "--model", Path("own.toml")});
  const Outcome first = RunHourglass(search);
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.err, Not(HasSubstr("warning")));
  const std::string changed = "encoder = [{name = \"c\", kind = \"dense\", outputs = 7}, " + model.substr(11);
  WriteFileAtomically(folder_ / "own.toml", changed);
  const auto info = folder_ / "out" / "trials" / "001" / "run.json";
  Json failed = ReadJson(info);
  failed["status"] = "failed";
  WriteJson(info, failed);
  const Outcome again = RunHourglass(search);
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, AllOf(HasSubstr("warning: trial 1: "), HasSubstr("now describes another model")));
}

TEST_F(Search, InterruptsStopEveryTrialAndExitWith130) {
  Process process(Arguments("search", "out", {"--trials", "200"}));
  AwaitTrials(process, 4);
  process.Signal(SIGINT);
  const Outcome outcome = process.Wait();
  EXPECT_EQ(outcome.code, 130);
  EXPECT_THAT(outcome.err, HasSubstr("run the same command to resume"));
  const size_t ended = Lines("out/trials.jsonl").size();
  EXPECT_LT(ended, 200u);
  for (const auto& trial : std::filesystem::directory_iterator(folder_ / "out" / "trials")) {
    const Json info = ReadJson(trial.path() / "run.json");
    EXPECT_THAT(info.at("status").get<std::string>(), testing::AnyOf("finished", "interrupted"));
  }
}

// Kills the program repeatedly, each time a little later, until it finishes. This hits every stage on fast
// and slow machines.
void KillUntilDone(const std::vector<std::string>& arguments, int& kills) {
  std::chrono::duration<double, std::milli> wait(2);
  for (int attempt = 0; attempt < 40; ++attempt, wait *= 1.4) {
    Process process(arguments);
    std::this_thread::sleep_for(wait);
    process.Signal(SIGKILL);
    const Outcome outcome = process.Wait();
    if (outcome.code == 0) return;
    ASSERT_EQ(outcome.code, 128 + SIGKILL) << outcome.err;
    ++kills;
  }
}

TEST_F(Search, KilledAtAnyInstantItGoesOnToTheSameTrials) {
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{}, std::vector<std::string>{"--halving"}}) {
    const std::string name = flags.empty() ? "all" : "half";
    std::vector<std::string> whole = Arguments("search", "whole-" + name, flags);
    ASSERT_EQ(RunHourglass(whole).code, 0);
    int kills = 0;
    const std::vector<std::string> killed = Arguments("search", "killed-" + name, flags);
    KillUntilDone(killed, kills);
    ASSERT_EQ(RunHourglass(killed).code, 0);
    EXPECT_GT(kills, 3);
    EXPECT_EQ(Lines("killed-" + name + "/trials.jsonl"), Lines("whole-" + name + "/trials.jsonl"));
    for (const Json& line : Lines("whole-" + name + "/trials.jsonl")) {
      const std::string last = "/" + line.at("run").get<std::string>() + "/model.safetensors";
      if (line.at("status") != "finished") continue;
      EXPECT_EQ(Sha256(ReadFile(folder_ / ("killed-" + name + last))),
                Sha256(ReadFile(folder_ / ("whole-" + name + last))));
    }
  }
}

TEST_F(Search, TwoCannotSearchInOneFolder) {
  Process process(Arguments("search", "out", {"--trials", "10000"}));
  AwaitTrials(process, 1);
  const Outcome second = RunHourglass(Arguments("search", "out", {"--trials", "10000"}));
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, HasSubstr("another process"));
}

TEST_F(Search, ASweepPrintsWhatItFound) {
  const Outcome outcome = RunHourglass(Arguments("sweep", "out", {"-e", "3"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(StartsWith("code_size"), HasSubstr("PCA"), HasSubstr("seed 1"),
                                 HasSubstr("spread over seeds")));
  EXPECT_EQ(Lines("out/sweep.jsonl").size(), 4u);
  EXPECT_THAT(ReadFile(folder_ / "out" / "sweep.csv"),
              StartsWith("code_size,mean,spread,pca,seed 0,seed 1\n"));

  const Outcome flags = RunHourglass({"sweep", "--key", "batch", "--values", "20,50", "--data", Path("data"),
                                      "-e", "1", "--no-report", "--json", "--out", Path("batches")});
  ASSERT_EQ(flags.code, 0) << flags.err;
  const Json json = ParseJson(flags.out, "stdout");
  EXPECT_EQ(json.at("points").size(), 2u);
  EXPECT_TRUE(json.at("points").at(0).at("spread").is_null());
}

TEST_F(Search, ASweepOfWhichNothingFinishedEndsWithFour) {
  const Outcome outcome = RunHourglass({"sweep", "--key", "code_size", "--values", "2,4", "--seeds", "0,1",
                                        "--data", Path("data"), "-e", "3", "--out", Path("out"),
                                        "--optimizer", "adamw", "--weight-decay", "0.01", "--lr", "1e25"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("no run of the sweep finished"), HasSubstr("epoch")));
  EXPECT_THAT(outcome.out, HasSubstr("No value has two finished seeds"));
}

}  // namespace
}  // namespace hourglass::test
