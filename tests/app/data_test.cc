// hourglass data: notes about files with another axis order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/program.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DataCommand, SaysInWhichOrderAxesAreRead) {
  const test::TemporaryDirectory folder;
  test::WriteIdx(folder / "rgb", {20, 8, 12, 3}, std::string(20 * 8 * 12 * 3, '\7'));
  const auto run = [&](const std::vector<std::string>& arguments) {
    const test::Outcome outcome = test::RunHourglass(arguments, {.folder = folder.path()});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome;
  };
  EXPECT_THAT(run({"data", "info", "rgb"}).out, HasSubstr("3 x 8 x 12"));
  EXPECT_THAT(run({"data", "info", "rgb"}).out, HasSubstr("note: axes of rgb read as hwc"));
  EXPECT_THAT(run({"data", "info", "rgb", "--axes", "chw"}).out, HasSubstr("8 x 12 x 3"));
  EXPECT_THAT(run({"data", "info", "rgb", "--axes", "hwc"}).out, Not(HasSubstr("note:")));
  EXPECT_THAT(run({"data", "preview", "rgb", "-o", "x.png"}).err, HasSubstr("note:"));
  EXPECT_THAT(run({"data", "preview", "rgb", "-o", "x.png", "-q"}).err, Not(HasSubstr("note:")));
  const std::vector<std::string> train = {"train", "--data", "rgb", "-z",          "2",    "-e",
                                          "1",     "-b",     "9",   "--no-report", "--out"};
  const auto with = [](std::vector<std::string> arguments, const std::vector<std::string>& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  EXPECT_THAT(run(with(train, {"guessed"})).err, HasSubstr("note:"));
  EXPECT_THAT(run(with(train, {"chosen", "--axes", "hwc"})).err, Not(HasSubstr("note:")));
  // Commands that open a run read the data as the run did.
  run(with(train, {"stripes", "--axes", "chw"}));
  run({"encode", "stripes"});
  run({"encode", "guessed"});
}

}  // namespace
}  // namespace hourglass
