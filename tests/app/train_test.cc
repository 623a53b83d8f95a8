// hourglass train from end to end: results, bad input, and every way to stop it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "hourglass/core/file.h"
#include "hourglass/core/hash.h"
#include "hourglass/core/json.h"
#include "hourglass/core/rng.h"
#include "hourglass/model/model_file.h"
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

void Sleep(int64_t milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

class Train : public testing::Test {
 protected:
  Train() { WriteBlobs(folder_ / "data", 200, 40); }

  // hourglass train on the small data set, with small settings, without a report.
  std::vector<std::string> Arguments(const std::string& run,
                                     const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"train",       "--data",    (folder_ / "data").string(),
                                          "-z",          "2",         "-b",
                                          "50",          "--threads", "1",
                                          "--no-report", "--out",     Path(run)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  std::vector<std::string> Resume(const std::string& run, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"train", "--resume", Path(run), "--no-report"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  // The checksum of the run's model file.
  std::string Model(const std::string& run) const {
    return Sha256(ReadFile(folder_ / run / "model.safetensors"));
  }
  // The checksum of the parameters alone.
  std::string Weights(const std::string& run) const {
    return LoadModel(folder_ / run / "model.safetensors").model->checksum();
  }
  Json Info(const std::string& run) const { return ReadJson(folder_ / run / "run.json"); }
  // Waits until `run` has completed epoch `epoch`.
  void AwaitEpoch(Process& process, const std::string& run, size_t epoch) const {
    while (!process.Ended()) {
      if (std::filesystem::exists(folder_ / run) &&
          RunDirectory::Open(folder_ / run).ReadMetrics().size() >= epoch) {
        return;
      }
      Sleep(2);
    }
    FAIL() << "ended before epoch " << epoch << ": " << process.Wait().err;
  }

  TemporaryDirectory folder_;
};

TEST_F(Train, LeavesAWholeRun) {
  const Outcome outcome = RunHourglass(Arguments("run", {"-e", "3", "-s", Path("model.safetensors")}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr(Path("run")), HasSubstr("train"), HasSubstr("test")));
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("epoch 3/3  train"), HasSubstr("1 thread,"), Not(HasSubstr("\r"))));
  for (const char* file : {"config.toml", "run.json", "metrics.jsonl", "model.safetensors",
                           "checkpoints/best", "checkpoints/last", "figures"}) {
    EXPECT_TRUE(std::filesystem::exists(folder_ / "run" / file)) << file;
  }
  EXPECT_EQ(Sha256(ReadFile(folder_ / "model.safetensors")), Model("run"));
  EXPECT_EQ(Info("run").at("status"), "finished");
  EXPECT_EQ(Info("run").at("arguments").at(1), "train");
}

TEST_F(Train, AMapTeachesInOneCommand) {
  std::vector<std::string> arguments =
      Arguments("run", {"--neighbourhood", "auto", "--model", "mlp4", "-e", "3"});
  std::erase(arguments, "--no-report");
  const Outcome outcome = RunHourglass(arguments);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("epoch 2/3 encoder  train"), HasSubstr("epoch 3/3 decoder  train")));
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("neighbourhoods of pixels kept in the code (l2)"),
                                 HasSubstr("score train"), HasSubstr("score test")));
  const Outcome as_json = RunHourglass({"train", "--resume", Path("run"), "-e", "4", "--json"});
  ASSERT_EQ(as_json.code, 0) << as_json.err;
  EXPECT_EQ(ParseJson(as_json.out, "output").at("neighbourhood").at("test").size(), 3u);
  // The teacher is a map like any other.
  const Outcome placed =
      RunHourglass({"map", Path("run/teacher"), "--add", Path("data"), "-o", Path("placed")});
  EXPECT_EQ(placed.code, 0) << placed.err;
}

TEST_F(Train, ATaughtRunKilledInItsMapGoesOnToTheSameBits) {
  const std::vector<std::string> taught = {"--neighbourhood", "auto", "--model", "mlp4", "-e", "3"};
  ASSERT_EQ(RunHourglass(Arguments("whole", taught)).code, 0);
  Process process(Arguments("run", taught));
  while (!std::filesystem::exists(folder_ / "run" / "teacher") && !process.Ended()) Sleep(1);
  process.Signal(SIGKILL);
  EXPECT_NE(process.Wait().code, 0);
  const Outcome outcome = RunHourglass(Resume("run"));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(Model("run"), Model("whole"));
}

TEST_F(Train, RunsBegunInTheSameSecondTakeNamesOfTheirOwn) {
  ProcessOptions in_folder;
  in_folder.folder = folder_.path();
  std::vector<std::string> arguments = Arguments("", {"-e", "1", "-q"});
  arguments.erase(std::ranges::find(arguments, "--out"), std::ranges::find(arguments, "--out") + 2);
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i < 4; ++i) processes.push_back(std::make_unique<Process>(arguments, in_folder));
  for (const auto& process : processes) EXPECT_EQ(process->Wait().code, 0);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_ / "runs"), {}), 4);
}

// A path from the shell may hold any bytes.
TEST_F(Train, AFolderThatIsNotUtf8IsPrintedAsJson) {
  const Outcome outcome = RunHourglass(Arguments("r\xff", {"-e", "1", "--json"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(ParseJson(outcome.out, "stdout").at("run").get<std::string>(), HasSubstr("r\uFFFD"));
}

TEST_F(Train, IsQuietWhenAsked) {
  const Outcome outcome = RunHourglass(Arguments("run", {"-e", "1", "-q", "--json"}));
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_EQ(ParseJson(outcome.out, "stdout").at("run"), Path("run"));
}

TEST_F(Train, FlagsOverrideVariablesOverrideTheFile) {
  WriteFileAtomically(folder_ / "lab.toml", "epochs = 2\nbatch = 20\ncode_size = 3\n");
  ProcessOptions options;
  options.environment = {{"HOURGLASS_BATCH", "30"}, {"HOURGLASS_CODE_SIZE", "4"}};
  const Outcome printed =
      RunHourglass({"train", "--config", Path("lab.toml"), "-z", "5", "--print-config"}, options);
  EXPECT_EQ(printed.code, 0);
  EXPECT_THAT(printed.out, testing::ContainsRegex("epochs = 2 +# .*lab.toml:1"));
  EXPECT_THAT(printed.out, testing::ContainsRegex("batch = 30 +# HOURGLASS_BATCH"));
  EXPECT_THAT(printed.out, testing::ContainsRegex("code_size = 5 +# --code-size"));
  WriteFileAtomically(folder_ / "printed.toml", printed.out);
  EXPECT_EQ(RunHourglass({"train", "--config", Path("printed.toml"), "--print-config"}).code, 0);
}

TEST_F(Train, BadInputGetsOneErrorAndItsExitCode) {
  WriteFileAtomically(folder_ / "bad.toml", "epochs = 2\nbathc = 20\n");
  std::filesystem::create_directory(folder_ / "cut");
  for (const auto& file : std::filesystem::directory_iterator(folder_ / "data")) {
    std::filesystem::copy(file.path(), folder_ / "cut" / file.path().filename().string());
  }
  std::filesystem::resize_file(folder_ / "cut" / "train-images-idx3-ubyte", 1000);
  std::filesystem::create_directory(folder_ / "full");
  WriteFileAtomically(folder_ / "full" / "precious", "");
  struct Case {
    std::vector<std::string> arguments;
    int code;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{"train", "-z", "0"}, 2, "'code_size'"},
      {{"train", "-b", "0"}, 2, "'batch'"},
      {{"train", "-e", "0"}, 2, "'epochs'"},
      {{"train", "--lr", "-1"}, 2, "'learning_rate'"},
      {{"train", "--model", "mlp5"}, 2, "mlp4"},
      {{"train", "--config", Path("bad.toml")}, 2, "bad.toml:2"},
      {{"train", "--config", Path("absent.toml")}, 2, "absent.toml"},
      {{"train", "--data", Path("absent")}, 3, "absent"},
      {{"train", "--data", Path("cut"), "--out", Path("x")}, 3, "train-images-idx3-ubyte"},
      {{"train", "--resume", Path("absent")}, 3, "absent"},
      {{"train", "--resume", Path("data")}, 3, "not a run"},
      {Arguments("full"), 2, "never overwritten"},
      {Arguments("bad.toml/run"), 1, "cannot create"},
      {Arguments("x", {"-s", Path("absent/model")}), 1, "absent/model"},
      {{"train", "--resume", Path("x"), "--out", Path("y")}, 2, "--out"},
  };
  for (const Case& bad : cases) {
    const Outcome outcome = RunHourglass(bad.arguments);
    EXPECT_EQ(outcome.code, bad.code) << bad.message << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(StartsWith("error: "), HasSubstr(bad.message)));
    EXPECT_EQ(outcome.err.find("error: ", 1), std::string::npos) << "more than one error: " << outcome.err;
    EXPECT_THAT(outcome.out, IsEmpty());
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x")) << "a run that never began";
}

TEST_F(Train, DivergenceEndsWithFourAndAdvice) {
  // Decoupled decay multiplies every parameter by 1 - 1e23 per step; the second step overflows.
  const Outcome outcome = RunHourglass(
      Arguments("run", {"--optimizer", "adamw", "--lr", "1e25", "--weight-decay", "0.01", "-e", "5"}));
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("diverged"), HasSubstr("lower the learning rate")));
  EXPECT_EQ(Info("run").at("status"), "diverged");
}

TEST_F(Train, AFullDiskLosesNoEpoch) {
  const std::vector<std::string> epochs = {"-e", "12", "--checkpoint-every", "1"};
  ASSERT_EQ(RunHourglass(Arguments("whole", epochs)).code, 0);
  // Checkpoints grow with their log, so this limit is reached after some epochs.
  const auto first = std::filesystem::file_size(folder_ / "whole" / "checkpoints" / "last");
  ProcessOptions full;
  full.largest_file = static_cast<long>(first) - 500;
  const Outcome outcome = RunHourglass(Arguments("run", epochs), full);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("cannot write"), HasSubstr("checkpoints/last")));
  EXPECT_EQ(Info("run").at("status"), "failed");
  EXPECT_GT(Info("run").at("epochs_done").get<size_t>(), 3u);
  EXPECT_EQ(Info("run").at("epochs_done"), RunDirectory::Open(folder_ / "run").ReadMetrics().size());
  ASSERT_EQ(RunHourglass(Resume("run")).code, 0);
  EXPECT_EQ(Model("run"), Model("whole"));
}

// There are a thousand times as many images to evaluate as to train on.
TEST_F(Train, TheLineOfAnEpochNamesTheTimeOfItsEvaluation) {
  WriteBlobs(folder_ / "data", 50, 50000);
  const Outcome outcome = RunHourglass(Arguments("run", {"-e", "1"}));
  EXPECT_THAT(outcome.err, testing::ContainsRegex("epoch 1/1 .* s \\+ [0-9.]+ s evaluating and saving"));
}

TEST_F(Train, TheEnvironmentSetsTheDefaultOfThreads) {
  ProcessOptions limited;
  limited.environment = {{"OMP_NUM_THREADS", "3"}};
  const auto train = [&](const std::string& run, const std::string& threads) {
    std::vector<std::string> arguments = Arguments(run, {"-e", "1"});
    *std::next(std::ranges::find(arguments, "--threads")) = threads;
    const Outcome outcome = RunHourglass(arguments, limited);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Info(run).at("threads");
  };
  EXPECT_EQ(train("asked", "2"), 2);
  EXPECT_EQ(train("open", "0"), 3);
  limited.environment["OMP_THREAD_LIMIT"] = "1";
  EXPECT_EQ(train("limited", "0"), 1);
}

TEST_F(Train, InterruptsSaveAndExitWith130) {
  const std::vector<std::string> long_run = {"-e", "1000"};
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string run = "run" + std::to_string(signal);
    Process process(Arguments(run, long_run));
    AwaitEpoch(process, run, 3);
    process.Signal(signal);
    const Outcome outcome = process.Wait();
    EXPECT_EQ(outcome.code, 130);
    EXPECT_THAT(outcome.err, HasSubstr("hourglass train --resume " + Path(run)));
    EXPECT_EQ(Info(run).at("status"), "interrupted");
    const auto done = std::to_string(RunDirectory::Open(folder_ / run).ReadMetrics().size() + 2);
    ASSERT_EQ(RunHourglass(Arguments("whole" + run, {"-e", done})).code, 0);
    ASSERT_EQ(RunHourglass(Resume(run, {"-e", done})).code, 0);
    EXPECT_EQ(Model(run), Model("whole" + run));
  }
}

TEST_F(Train, KilledAtAnyInstantItGoesOnToTheSameBits) {
  const std::vector<std::string> epochs = {"-e", "300", "--checkpoint-every", "3"};
  ASSERT_EQ(RunHourglass(Arguments("whole", epochs)).code, 0);
  const Rng rng(0, Stream::kPick);
  int kills = 0;
  for (uint32_t attempt = 0; attempt < 100; ++attempt) {
    const bool begun = std::filesystem::exists(folder_ / "run");
    Process process(begun ? Resume("run") : Arguments("run", epochs));
    Sleep(rng.Below(attempt < 25 ? 60 : 2000, 0, 0, attempt));
    process.Signal(SIGKILL);
    const Outcome outcome = process.Wait();
    if (outcome.code == 0) break;
    ASSERT_EQ(outcome.code, 128 + SIGKILL) << outcome.err;
    ++kills;
    if (!std::filesystem::exists(folder_ / "run")) continue;
    for (const EpochMetrics& metrics : RunDirectory::Open(folder_ / "run").ReadMetrics()) {
      EXPECT_GT(metrics.train_loss(), 0);
    }
  }
  EXPECT_GT(kills, 10);
  ASSERT_EQ(RunHourglass(Resume("run")).code, 0);
  EXPECT_EQ(Model("run"), Model("whole"));
  EXPECT_EQ(Info("run").at("status"), "finished");
}

TEST_F(Train, ResumeRefusesWhatWouldChangeTheNumbers) {
  ASSERT_EQ(RunHourglass(Arguments("run", {"-e", "1"})).code, 0);
  const std::vector<std::pair<std::vector<std::string>, std::string>> conflicts = {
      {{"--lr", "0.5"}, "'learning_rate'"}, {{"-z", "3"}, "'code_size'"}, {{"--threads", "2"}, "'threads'"}};
  for (const auto& [flags, key] : conflicts) {
    const Outcome outcome = RunHourglass(Resume("run", flags));
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(key));
  }
  WriteBlobs(folder_ / "data", 201, 40);
  const Outcome other_data = RunHourglass(Resume("run", {"-e", "2"}));
  EXPECT_EQ(other_data.code, 2);
  EXPECT_THAT(other_data.err, HasSubstr("the run was started with other images"));
}

// The checksum of the data decides, not its path.
TEST_F(Train, ARunWhoseDataHasMovedIsResumedAndLookedAt) {
  ASSERT_EQ(RunHourglass(Arguments("run", {"-e", "1", "--val-share", "0.2"})).code, 0);
  ASSERT_EQ(RunHourglass(Arguments("whole", {"-e", "3", "--val-share", "0.2"})).code, 0);
  std::filesystem::rename(folder_ / "data", folder_ / "moved");
  const Outcome lost = RunHourglass(Resume("run", {"-e", "2"}));
  EXPECT_EQ(lost.code, 3);
  EXPECT_THAT(lost.err, AllOf(HasSubstr(Path("data")), HasSubstr("--data")));
  ASSERT_EQ(RunHourglass(Resume("run", {"-e", "2", "--data", Path("moved")})).code, 0);
  ASSERT_EQ(RunHourglass(Resume("run", {"-e", "3"})).code, 0) << "the new place is kept";
  EXPECT_EQ(Weights("run"), Weights("whole"));
  for (const char* flag : {"--data", "--data-dir"}) {
    std::filesystem::remove_all(folder_ / "whole" / "codes");
    for (const char* verb : {"encode", "reconstruct", "report", "neighbours"}) {
      const Outcome outcome = RunHourglass({verb, Path("whole"), flag, Path("moved")});
      EXPECT_EQ(outcome.code, 0) << verb << outcome.err;
    }
    EXPECT_TRUE(std::filesystem::exists(folder_ / "whole" / "codes" / "val.npy"))
        << "it is the run's own data";
  }
}

TEST_F(Train, TwoCannotTrainOneRun) {
  Process process(Arguments("run", {"-e", "100000"}));
  AwaitEpoch(process, "run", 1);
  const Outcome second = RunHourglass(Resume("run"));
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, HasSubstr("another process"));
}

TEST_F(Train, TakesImagesOfAnySizesAndChannels) {
  std::string pixels;
  for (int64_t i = 0; i < 40 * 2 * 28 * 30; ++i) pixels += static_cast<char>(i * i % 251);
  WriteIdx(folder_ / "wide", {40, 2, 28, 30}, pixels);
  const Outcome outcome =
      RunHourglass({"train", "--data", Path("wide"), "--model", "conv", "-e", "1", "--out", Path("run")});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(ReadFile(folder_ / "run" / "figures" / "reconstruction.gp"),
              HasSubstr("the first of 2 channels"));
  EXPECT_THAT(RunHourglass({"summary", Path("run")}).out, HasSubstr("[-1, 2, 28, 30]"));
}

TEST_F(Train, FastDevRunTriesEverythingOnce) {
  ASSERT_EQ(RunHourglass(Arguments("run", {"--fast-dev-run"})).code, 0);
  EXPECT_EQ(RunDirectory::Open(folder_ / "run").ReadMetrics().size(), 1u);
  EXPECT_THAT(ReadFile(folder_ / "run" / "config.toml"), HasSubstr("overfit_batches = 2"));
}

}  // namespace
}  // namespace hourglass::test
