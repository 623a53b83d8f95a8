// Training on a GPU from end to end, by a module that emulates one; and what is said where there is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "hourglass/core/file.h"
#include "hourglass/core/hash.h"
#include "hourglass/core/json.h"
#include "hourglass/core/rng.h"
#include "program.h"
#include "support/temporary_directory.h"

namespace hourglass::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Gpu : public testing::Test {
 protected:
  Gpu() { WriteBlobs(folder_ / "data", 100, 20); }

  // hourglass train on a small data set, for two epochs unless `more` says otherwise.
  std::vector<std::string> Arguments(const std::string& run, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"train", "--data", (folder_ / "data").string(), "-z", "2", "-b",
                                          "50",    "--out",  (folder_ / run).string()};
    if (std::ranges::find(more, "-e") == more.end()) arguments.insert(arguments.end(), {"-e", "2"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  std::vector<std::string> Resume(const std::string& run, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"train", "--resume", (folder_ / run).string(), "--no-report"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  Json Info(const std::string& run) const { return ReadJson(folder_ / run / "run.json"); }
  std::string Model(const std::string& run) const {
    return Sha256(ReadFile(folder_ / run / "model.safetensors"));
  }

  TemporaryDirectory folder_;
  // LeakSanitizer now and then crashes itself ("Tracer caught signal 11") in a program whose threads have run
  // the emulation's fibers. The emulation's own tests look for leaks.
  const ProcessOptions gpu_ = {.folder = folder_.path(),
                               .environment = {{"HOURGLASS_GPU_MODULE", HOURGLASS_EMULATED_MODULE},
                                               {"ASAN_OPTIONS", "detect_leaks=0"}}};
  const ProcessOptions none_ = {.folder = folder_.path()};
};

TEST_F(Gpu, TrainsThereAndReportsHere) {
  const Outcome outcome = RunHourglass(Arguments("run", {"--device", "cuda", "--precision", "f32"}), gpu_);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("device  Emulated GPU, cuda:0, f32 (as configured)"));
  EXPECT_THAT(ReadFile(folder_ / "run/report.html"), HasSubstr("Emulated GPU"));
  ASSERT_EQ(RunHourglass(Arguments("cpu", {"--device", "cpu", "--precision", "f32"}), gpu_).code, 0);
  EXPECT_EQ(Info("run").at("backend"), "cuda:0");
  EXPECT_EQ(Info("cpu").at("backend"), "cpu");
  const double loss = Info("cpu").at("last_epoch").at("train/loss").get<double>();
  EXPECT_NEAR(Info("run").at("last_epoch").at("train/loss").get<double>() / loss, 1, 2e-5);
}

TEST_F(Gpu, RoundsToTf32IfAsked) {
  for (const std::string device : {"cuda", "cpu"}) {
    for (const std::string precision : {"f32", "tf32"}) {
      const Outcome outcome = RunHourglass(
          Arguments(device + precision, {"--device", device, "--precision", precision, "--no-report"}), gpu_);
      ASSERT_EQ(outcome.code, 0) << outcome.err;
      EXPECT_THAT(outcome.err, HasSubstr(", " + precision + " (as configured"));
      EXPECT_EQ(Info(device + precision).at("precision"), precision);
    }
  }
  const auto loss = [&](const std::string& run) {
    return Info(run).at("last_epoch").at("train/loss").get<double>();
  };
  EXPECT_NE(loss("cudatf32"), loss("cudaf32"));
  EXPECT_NEAR(loss("cudatf32") / loss("cudaf32"), 1, 1e-3);
  EXPECT_EQ(loss("cputf32"), loss("cpuf32")) << "a processor has no TF32";
  ASSERT_EQ(RunHourglass(Resume("cudatf32", {"-e", "3"}), gpu_).code, 0);
  EXPECT_EQ(Info("cudatf32").at("precision"), "tf32");
}

TEST_F(Gpu, AutoTakesIt) {
  const Outcome outcome = RunHourglass(Arguments("run", {"--no-report"}), gpu_);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err,
              HasSubstr("device  Emulated GPU, cuda:0, bf16 (the GPU multiplies bf16 faster than f32)"));
}

TEST_F(Gpu, AutoSaysWhyThereIsNone) {
  const Outcome outcome = RunHourglass(Arguments("run", {"--no-report"}), none_);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("gpu     none: this program has no module for GPUs\n"));
}

TEST_F(Gpu, EnvListsIt) {
  EXPECT_THAT(
      RunHourglass({"env"}, gpu_).out,
      HasSubstr("gpus              cuda:0 Emulated GPU (compute capability 9.0; 1.0 of 2.0 GiB free)\n"));
  EXPECT_THAT(RunHourglass({"env"}, none_).out,
              HasSubstr("gpus              none: this program has no module for GPUs\n"));
}

TEST_F(Gpu, PassesTheDoctorsChecks) {
  const Json result = JsonOfHourglass({"doctor", "--gpu", "--steps", "2"}, gpu_);
  EXPECT_TRUE(result.at("passed"));
  ASSERT_EQ(result.at("checks").size(), 6);
  for (const Json& check : result.at("checks")) {
    EXPECT_TRUE(check.at("recorded_alike"));
    EXPECT_GT(check.at("difference"), 0) << "the sums of a GPU have another order";
  }
  EXPECT_THAT(RunHourglass({"doctor", "--gpu"}, none_).err, HasSubstr("this program has no module for GPUs"));
}

TEST_F(Gpu, NamesThePartThatIsMissing) {
  WriteFileAtomically(folder_ / "text.so", "no library");
  const auto with_module = [&](const std::string& file) {
    return ProcessOptions{.folder = folder_.path(), .environment = {{"HOURGLASS_GPU_MODULE", file}}};
  };
  struct Case {
    ProcessOptions options;
    std::string device;
    int code;
    std::string text;
  };
  const Case cases[] = {
      {none_, "cuda", 1, "this program has no module for GPUs"},
      {with_module((folder_ / "gone.so").string()), "cuda", 1, "gone.so: cannot open shared object file"},
      {with_module((folder_ / "text.so").string()), "cuda", 1, "text.so"},
      {with_module("libz.so.1"), "cuda", 1, "libz.so.1 is no module for GPUs"},
      {gpu_, "cuda:7", 2, "there is no GPU cuda:7"},
      {gpu_, "cuda:", 2, "unknown device"},
      {gpu_, "cuda:-1", 2, "unknown device"},
      {gpu_, "cuda:99999999999", 2, "unknown device"},
      {gpu_, "gpu", 2, "auto, cpu, cuda, or the number of a GPU: cuda:1"},
  };
  for (const Case& one : cases) {
    const Outcome outcome = RunHourglass(Arguments("run", {"--device", one.device}), one.options);
    EXPECT_EQ(outcome.code, one.code) << one.text;
    EXPECT_THAT(outcome.err, HasSubstr(one.text));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
  }
}

TEST_F(Gpu, ResumesOnTheProcessorWhenAsked) {
  ASSERT_EQ(RunHourglass(Arguments("run", {"--device", "cuda", "--no-report"}), gpu_).code, 0);
  const Outcome gone = RunHourglass(Resume("run", {"-e", "3"}), none_);
  EXPECT_EQ(gone.code, 1);
  EXPECT_THAT(gone.err, AllOf(HasSubstr("the run was trained on cuda:0: this program has no module for GPUs"),
                              HasSubstr("or resume it on the processor: --device cpu")));
  const Outcome moved = RunHourglass(Resume("run", {"-e", "3", "--device", "cpu"}), none_);
  ASSERT_EQ(moved.code, 0) << moved.err;
  EXPECT_THAT(moved.err, HasSubstr("warning: the run started on another processor (Emulated GPU)"));
  const Outcome stays = RunHourglass(Resume("run", {"-e", "4"}), gpu_);
  ASSERT_EQ(stays.code, 0) << stays.err;
  EXPECT_EQ(Info("run").at("backend"), "cpu");
}

TEST_F(Gpu, KilledTwentyTimesItGoesOnToTheSameBits) {
  const std::vector<std::string> flags = {"--device",           "cuda", "--no-report", "-e",          "60",
                                          "--checkpoint-every", "1",    "--corrupt",   "gaussian:0.2"};
  ASSERT_EQ(RunHourglass(Arguments("whole", flags), gpu_).code, 0);
  const Rng rng(0, Stream::kPick);
  int kills = 0;
  for (uint32_t attempt = 0; kills < 20; ++attempt) {
    const bool begun = std::filesystem::exists(folder_ / "run");
    Process process(begun ? Resume("run") : Arguments("run", flags), gpu_);
    std::this_thread::sleep_for(std::chrono::milliseconds(rng.Below(200, 0, 0, attempt)));
    process.Signal(SIGKILL);
    const Outcome outcome = process.Wait();
    ASSERT_EQ(outcome.code, 128 + SIGKILL) << "ended before it was killed 20 times: " << outcome.err;
    ++kills;
  }
  ASSERT_EQ(RunHourglass(Resume("run"), gpu_).code, 0);
  EXPECT_EQ(Model("run"), Model("whole"));
}

TEST_F(Gpu, TrainsWhatAMapTeaches) {
  const std::vector<std::string> flags = {
      "--device", "cuda", "--no-report", "--neighbourhood", "auto", "-e", "5", "--precision", "f32"};
  ASSERT_EQ(RunHourglass(Arguments("run", flags), gpu_).code, 0);
  std::vector<std::string> on_processor = flags;
  on_processor[1] = "cpu";
  ASSERT_EQ(RunHourglass(Arguments("cpu", on_processor), gpu_).code, 0);
  const double loss = Info("cpu").at("last_epoch").at("train/loss").get<double>();
  EXPECT_NEAR(Info("run").at("last_epoch").at("train/loss").get<double>() / loss, 1, 1e-3);
}

TEST_F(Gpu, LostInMidEpochTheLastCheckpointStands) {
  const std::vector<std::string> flags = {"--device",           "cuda", "--no-report", "-e", "8",
                                          "--checkpoint-every", "1"};
  ASSERT_EQ(RunHourglass(Arguments("whole", flags), gpu_).code, 0);
  ProcessOptions breaks = gpu_;
  breaks.environment["EMULATED_GPU_WAITS"] = "40";
  const Outcome lost = RunHourglass(Arguments("run", flags), breaks);
  EXPECT_EQ(lost.code, 1);
  EXPECT_THAT(lost.err, AllOf(HasSubstr("work on the GPU failed\n  got:      the emulated GPU is lost\n"),
                              HasSubstr("hint:     resume with: hourglass train --resume ")));
  const auto done = Info("run").at("epochs_done").get<int>();
  EXPECT_GT(done, 0);
  EXPECT_LT(done, 8);
  ASSERT_EQ(RunHourglass(Resume("run"), gpu_).code, 0);
  EXPECT_EQ(Model("run"), Model("whole"));
}

TEST_F(Gpu, TooSmallItSaysWhatIsFree) {
  ProcessOptions small = gpu_;
  small.environment["EMULATED_GPU_BYTES"] = "100000";
  const Outcome outcome = RunHourglass(Arguments("run", {"--device", "cuda", "--no-report"}), small);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("not enough memory on the emulated GPU"), HasSubstr("bytes free\n"),
                    HasSubstr("start a run with a smaller batch, model or data set")));
}

TEST_F(Gpu, TooSmallForARunThatIsResumedItSaysToFreeMemory) {
  ASSERT_EQ(RunHourglass(Arguments("run", {"--device", "cuda", "--no-report"}), gpu_).code, 0);
  ProcessOptions small = gpu_;
  small.environment["EMULATED_GPU_BYTES"] = "200000";  // for the model, but not for the inputs of a step
  const Outcome outcome = RunHourglass(Resume("run", {"-e", "4"}), small);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("free memory of the GPU, or start"),
                                 HasSubstr("; to go on, resume with: hourglass train --resume ")));
  EXPECT_EQ(RunHourglass(Resume("run", {"-e", "4"}), gpu_).code, 0);
}

TEST_F(Gpu, TrialsThatDoNotFitBesideOthersWait) {
  const auto sweep = [&](const std::string& out, const std::string& bytes) {
    ProcessOptions options = gpu_;
    options.environment["EMULATED_GPU_BYTES"] = bytes;
    return RunHourglass(
        {"sweep", "--data", (folder_ / "data").string(), "--key", "code_size", "--values", "2,3,4", "-e", "3",
         "-b", "50", "--device", "cuda", "--jobs", "3", "--no-report", "--out", (folder_ / out).string()},
        options);
  };
  // A trial takes 1.25 MB, most of which holds the inputs of steps.
  const Outcome one_by_one = sweep("narrow", "1600000");
  ASSERT_EQ(one_by_one.code, 0) << one_by_one.err;
  EXPECT_THAT(one_by_one.err, HasSubstr("waits for memory that another run uses"));
  const Outcome at_once = sweep("wide", "1000000000");
  ASSERT_EQ(at_once.code, 0) << at_once.err;
  EXPECT_THAT(at_once.err, Not(HasSubstr("waits for memory")));
  for (const char* run : {"2-seed0", "3-seed0", "4-seed0"})
    EXPECT_EQ(Model("narrow/runs/" + std::string(run)), Model("wide/runs/" + std::string(run)));
  const Outcome none = sweep("none", "100000");
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.err, HasSubstr("not enough memory on the emulated GPU"));
}

TEST_F(Gpu, TrialsShareIt) {
  const Outcome outcome = RunHourglass(
      {"sweep", "--data", (folder_ / "data").string(), "--key", "code_size", "--values", "2,3", "-e", "1",
       "-b", "50", "--device", "cuda", "--jobs", "2", "--out", (folder_ / "sweep").string()},
      gpu_);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  int runs = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder_ / "sweep")) {
    if (file.path().filename() != "run.json") continue;
    EXPECT_EQ(ReadJson(file.path()).at("backend"), "cuda:0");
    ++runs;
  }
  EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace hourglass::test
