// What the commands that draw pictures of a trained run reject.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"
#include "support/temporary_directory.h"

namespace hourglass::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(Pictures, BadInputGetsOneErrorAndIsNeverGuessedAt) {
  const TemporaryDirectory folder;
  WriteBlobs(folder / "data", 100, 20);
  const std::string run = (folder / "run").string();
  ASSERT_EQ(RunHourglass({"train", "--data", (folder / "data").string(), "-z", "2", "-b", "50", "-e", "1",
                          "--no-report", "--out", run})
                .code,
            0);
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{"--index", "20"}, "out of range"},
      {{"--index", "-1"}, "a whole number of 0 or more\n  got:      '-1'"},
      {{"--index", ""}, "a whole number of 0 or more\n  got:      ''"},
      {{"--index", "1,x"}, "got:      '1,x'"},
      {{"--digit", "77"}, "no image of this class"},
      {{"--digit", "1", "--pick-seed", "-1"}, "a whole number of 0 or more\n  got:      '-1'"},
      {{"--corrupt-seed", "-1"}, "a whole number of 0 or more\n  got:      '-1'"},
      {{"--sigma", "nan"}, "a number from 0 to 10\n  got:      'nan'"},
      {{"--sigma", "-0.1"}, "got:      '-0.1'"},
      {{"--sigma", "11"}, "--sigma"},
      {{"--corrupt", "gausian:0.5"}, "'gaussian'"},
      {{"--corrupt", "occlusion:1"}, "below 1"},
      {{"--corrupt", "masking:0.1", "--sigma", "0.1"}, "--sigma"},
      {{"-o", (folder / "a.jpg").string()}, ".png"},
      {{"-o", (folder / "data").string() + "/"}, "cannot be written"},
      {{"-o", (folder / ".png").string()}, "cannot be written"},
      {{"-o", (folder / "two\nlines.png").string()}, "cannot be written"}};
  for (const Case& bad : cases) {
    std::vector<std::string> arguments = {"denoise", run};
    arguments.insert(arguments.end(), bad.arguments.begin(), bad.arguments.end());
    const Outcome outcome = RunHourglass(arguments);
    EXPECT_EQ(outcome.code, 2) << bad.message << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(StartsWith("error: "), HasSubstr(bad.message)));
    EXPECT_THAT(outcome.out, IsEmpty());
  }
}

}  // namespace
}  // namespace hourglass::test
