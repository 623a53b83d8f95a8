#include "hourglass/core/text.h"

#include <gtest/gtest.h>

namespace hourglass {
namespace {

const std::vector<std::string> kKnown = {"epochs", "batch", "seed"};

TEST(NearestName, FindsSlipsOfTheFinger) {
  EXPECT_EQ(NearestName("epoch", kKnown), "epochs");
  EXPECT_EQ(NearestName("bacth", kKnown), "batch");
  EXPECT_EQ(NearestName("learning_rate", kKnown), "");
}

TEST(DidYouMean, NamesTheNearestAndAll) {
  EXPECT_EQ(DidYouMean("sede", kKnown), "did you mean 'seed'? known: epochs, batch, seed");
  EXPECT_EQ(DidYouMean("EPOCHS", kKnown), "did you mean 'epochs'? known: epochs, batch, seed");
  EXPECT_EQ(DidYouMean("zzzzzz", kKnown), "known: epochs, batch, seed");
}

TEST(ShellQuoted, QuotesWhatAShellWouldTakeApart) {
  EXPECT_EQ(ShellQuoted("runs/a-b_1.5=x"), "runs/a-b_1.5=x");
  EXPECT_EQ(ShellQuoted("sp ace/it's"), "'sp ace/it'\\''s'");
  EXPECT_EQ(ShellQuoted("$HOME"), "'$HOME'");
  EXPECT_EQ(ShellQuoted(""), "''");
}

TEST(Visible, KeepsTextToOneLineThatATerminalCanShow) {
  EXPECT_EQ(Visible("a cat, \"σ\" 猫 \\"), "a cat, \"σ\" 猫 \\");
  EXPECT_EQ(Visible("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(Visible(std::string_view("\x1b[31m\0\x7f", 7)), "\\x1b[31m\\x00\\x7f");
  EXPECT_EQ(Visible("\u0085\u2028\u202Edrow"), "\\x85\\u2028\\u202edrow");
  EXPECT_EQ(Visible("caf\xE9"), "caf\uFFFD");
}

TEST(Grouped, PutsACommaBeforeEveryThirdDigit) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(123456789), "123,456,789");
}

TEST(Shortened, CutsCharactersNotBytes) {
  EXPECT_EQ(Shortened("twelve bytes", 12), "twelve bytes");
  EXPECT_EQ(Shortened("thirteen byte", 12), "thirteen by…");
  EXPECT_EQ(Shortened("äöüß", 4), "äöüß");
  EXPECT_EQ(Shortened("äöüßx", 4), "äöü…");
  EXPECT_EQ(Shortened("", 4), "");
}

TEST(Listed, CountsWhatItLeavesOut) {
  EXPECT_EQ(Listed(kKnown, 3), "epochs, batch, seed");
  EXPECT_EQ(Listed(kKnown, 1), "epochs and 2 others");
}

}  // namespace
}  // namespace hourglass
