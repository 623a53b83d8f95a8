#include "hourglass/core/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace hourglass {
namespace {

TEST(Error, SaysWhatExpectedGotAndHint) {
  const Error error =
      DataError({.what = "x.gz is cut short", .expected = "16 bytes", .got = "7", .hint = "fetch it"});
  EXPECT_STREQ(error.what(), "x.gz is cut short\n  expected: 16 bytes\n  got:      7\n  hint:     fetch it");
}

TEST(Error, LeavesEmptyPartsOut) {
  EXPECT_STREQ(UsageError({.what = "no"}).what(), "no");
}

TEST(Error, SaysWhereWhenThrownOn) {
  const Error error = DataError({.what = "no bias", .expected = "[4]", .got = "[5]", .hint = "train"});
  EXPECT_STREQ(DataError(error.TextAt("fc1")).what(),
               "fc1: no bias\n  expected: [4]\n  got:      [5]\n  hint:     train");
}

TEST(Error, KindIsTheExitCode) {
  EXPECT_EQ(SystemError({.what = ""}).exit_code(), 1);
  EXPECT_EQ(UsageError({.what = ""}).exit_code(), 2);
  EXPECT_EQ(DataError({.what = ""}).exit_code(), 3);
  EXPECT_EQ(Error(ErrorKind::kDiverged, {.what = ""}).exit_code(), 4);
}

TEST(Error, TakesTheTextOfErrno) {
  errno = ENOSPC;
  EXPECT_EQ(ErrnoError("cannot write").text().got, "No space left on device");
}

TEST(Error, NamesTheSettingBehindTheHint) {
  const Error error = UsageError({.what = "diverged", .hint = "lower it", .setting = "learning_rate = 0.1"});
  EXPECT_STREQ(error.what(), "diverged\n  hint:     lower it: learning_rate = 0.1");
}

}  // namespace
}  // namespace hourglass
