#include "hourglass/train/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/train/epoch_order.h"
#include "hourglass/train/metrics.h"
#include "support/temporary_directory.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

using ::testing::HasSubstr;

// The kind of Error that `call` throws.
template <class Call>
ErrorKind KindOf(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "no Error";
  return {};
}

TEST(RunDirectory, IsMadeInAFreeOrEmptyFolderOnly) {
  const test::TemporaryDirectory folder;
  const RunDirectory run = RunDirectory::Create(folder / "a" / "run");
  EXPECT_TRUE(std::filesystem::is_directory(run.figures()));
  EXPECT_TRUE(std::filesystem::is_directory(run.checkpoints()));
  EXPECT_EQ(KindOf([&] { RunDirectory::Create(run.path()); }), ErrorKind::kUsage);
  std::filesystem::create_directory(folder / "empty");
  RunDirectory::Create(folder / "empty");
  WriteFileAtomically(folder / "file", "text");
  EXPECT_EQ(KindOf([&] { RunDirectory::Create(folder / "file"); }), ErrorKind::kUsage);
  EXPECT_EQ(KindOf([&] { RunDirectory::Create(folder / "file" / "below"); }), ErrorKind::kFailure);
}

TEST(RunDirectory, NamesItselfAfterTimeAndName) {
  EXPECT_THAT(RunDirectory::FreePath("lab").string(), testing::MatchesRegex("runs/[0-9]+T[0-9]+Z-lab"));
  for (const char* name : {"", "a/b", "../a", "..", ".hidden", "two\nlines"}) {
    EXPECT_EQ(KindOf([&] { RunDirectory::FreePath(name); }), ErrorKind::kUsage) << name;
  }
  EXPECT_EQ(KindOf([&] { RunDirectory::FreePath(std::string(300, 'x')); }), ErrorKind::kUsage);
}

TEST(RunDirectory, OpensOnlyRuns) {
  const test::TemporaryDirectory folder;
  EXPECT_EQ(KindOf([&] { RunDirectory::Open(folder / "absent"); }), ErrorKind::kData);
  EXPECT_EQ(KindOf([&] { RunDirectory::Open(folder.path()); }), ErrorKind::kData);
}

TEST(RunDirectory, MovesToAFreePathOnly) {
  const test::TemporaryDirectory folder;
  const RunDirectory run = RunDirectory::Create(folder / "aside").MoveTo(folder / "run");
  EXPECT_TRUE(std::filesystem::is_directory(run.figures()));
  EXPECT_FALSE(std::filesystem::exists(folder / "aside"));
  const RunDirectory other = RunDirectory::Create(folder / "other");
  EXPECT_EQ(KindOf([&] { other.MoveTo(run.path()); }), ErrorKind::kUsage);
}

TEST(RunDirectory, MetricsComeBackToTheBit) {
  const test::TemporaryDirectory folder;
  const RunDirectory run = RunDirectory::Create(folder / "run");
  const std::vector<EpochMetrics> written = {
      {1,
       {{"train/loss", 0.1 + 0.2},
        {"val/loss", 1.0 / 3},
        {"val/noisy_loss@0.5", 1e-17},
        {"lr", 1e-3},
        {"seconds", 0.5}}},
      {2, {{"train/loss", 2e-308}, {"val/loss", 0.25}, {"lr", 1e-4}, {"seconds", 1}}}};
  run.WriteMetrics(written);
  const std::vector<EpochMetrics> read = run.ReadMetrics();
  EXPECT_EQ(read, written);
  EXPECT_EQ(read[0].held_out_name(), "val");
  EXPECT_EQ(read[0].FindHeldOut("noisy_loss@0.5"), 1e-17);
  EXPECT_EQ(read[1].FindHeldOut("noisy_loss@0.5"), std::nullopt);
  EXPECT_THAT(ReadFile(run.metrics()), HasSubstr("\"val/loss\""));
}

TEST(RunDirectory, ALineCutShortIsNoLineAndABadOneIsAnError) {
  const test::TemporaryDirectory folder;
  const RunDirectory run = RunDirectory::Create(folder / "run");
  const std::string line = R"({"epoch":1,"train/loss":0.5,"test/loss":0.5,"lr":0.1,"seconds":1})";
  WriteFileAtomically(run.metrics(), line + "\n" + line.substr(0, 20));
  EXPECT_EQ(run.ReadMetrics().size(), 1u);
  for (const std::string& bad :
       {line.substr(0, 20), std::string("{}"), std::string("[1]"), std::string("{\"epoch\":\"x\"}")}) {
    WriteFileAtomically(run.metrics(), line + "\n" + bad + "\n" + line + "\n");
    try {
      run.ReadMetrics();
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      EXPECT_THAT(error.what(), HasSubstr("metrics.jsonl:2"));
    }
  }
}

TEST(RunDirectory, BesideAPathHasANameOfItsOwn) {
  const test::TemporaryDirectory folder;
  const RunDirectory first = RunDirectory::CreateBeside(folder / "run");
  const RunDirectory second = RunDirectory::CreateBeside(folder / "run");
  EXPECT_NE(first.path(), second.path());
  EXPECT_TRUE(std::filesystem::is_directory(second.checkpoints()));
  EXPECT_FALSE(std::filesystem::exists(folder / "run"));
}

TEST(EpochMetrics, MissingValuesAndEpochsAreUsageErrors) {
  const EpochMetrics metrics(3, {{"test/noisy", 1}});
  test::ExpectUsageErrors({{"epoch 3 has no metric 'train/loss'", [&] { metrics.train_loss(); }},
                           {"epoch 3 has no held-out loss", [&] { metrics.held_out_loss(); }},
                           {"expected: 1 or more", [] { EpochOrder(1, 2, 3).Of(0); }}});
}

}  // namespace
}  // namespace hourglass
