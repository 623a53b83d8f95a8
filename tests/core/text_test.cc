#include "hourglass/core/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace hourglass {
namespace {

using testing::ElementsAre;

const std::vector<std::string> kKnown = {"epochs", "batch", "seed"};

TEST(NearestName, FindsSlipsOfTheFinger) {
  EXPECT_EQ(NearestName("epoch", kKnown), "epochs");
  EXPECT_EQ(NearestName("bacth", kKnown), "batch");
  EXPECT_EQ(NearestName("learning_rate", kKnown), "");
}

TEST(DidYouMean, NamesTheNearestAndAll) {
  EXPECT_EQ(DidYouMean("sede", kKnown), "did you mean 'seed'? known: epochs, batch, seed");
  EXPECT_EQ(DidYouMean("EPOCHS", kKnown), "did you mean 'epochs'? known: epochs, batch, seed");
  const std::vector<std::string> sets = {"mnist", "emnist-digits", "emnist-mnist"};
  EXPECT_EQ(DidYouMean("EMNIST", sets),
            "did you mean 'emnist-digits' or 'emnist-mnist'? known: mnist, emnist-digits, emnist-mnist");
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

TEST(CodesOf, ReadsCharactersOfEveryLength) {
  EXPECT_EQ(CodesOf("aé猫🐈\xE9"), U"aé猫🐈\uFFFD");
}

TEST(Columns, CountsWideCharactersTwice) {
  EXPECT_EQ(Columns("cat"), 3U);
  EXPECT_EQ(Columns("äσ…"), 3U);
  EXPECT_EQ(Columns("猫 cat"), 6U);
  EXPECT_EQ(Columns("e\u0301"), 1U);
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

TEST(ToldApart, CutsNamesWhereTheyDiffer) {
  const auto apart = [](std::vector<std::string> names) { return ToldApart(names, 16); };
  EXPECT_THAT(apart({"cat", "a name far too long for a plot"}), ElementsAre("cat", "a name far too …"));
  EXPECT_THAT(apart({"photograph_of_a_cat", "photograph_of_a_dog", "a horse in a field"}),
              ElementsAre("photo…h_of_a_cat", "photo…h_of_a_dog", "a horse in a fi…"));
  EXPECT_THAT(apart({"photograph_of_a_cat_in_a_garden", "photograph_of_a_dog_in_a_garden"}),
              ElementsAre("photo…cat_in_a_…", "photo…dog_in_a_…"));
  EXPECT_THAT(apart({"photograph_of_a_cat", "photograph_of_a_cat_in_a_garden"}),
              ElementsAre("photo…h_of_a_cat", "photo…_in_a_gar…"));
  EXPECT_THAT(
      apart({"photograph_of_a_cat_1_asleep", "photograph_of_a_cat_2_asleep", "photograph_of_a_dog_1"}),
      ElementsAre("photo…cat_1_asl…", "photo…cat_2_asl…", "photo…of_a_dog_1"));
  EXPECT_THAT(apart({"äöüäöüäöüäöüäöüä", "äöüäöüäöüäöüäöüß1", "äöüäöüäöüäöüäöüß2"}),
              ElementsAre("äöüäöüäöüäöüäöüä", "äöüäö…öüäöüäöüß1", "äöüäö…öüäöüäöüß2"));
}

TEST(ToldApart, NumbersWhatIsStillAlike) {
  const std::vector<std::string> names = {
      "cat", "cat", "cat (2)", "cat", "photo…h_of_a_cat", "photograph_of_a_cat", "photograph_of_a_dog"};
  EXPECT_THAT(ToldApart(names, 16), ElementsAre("cat", "cat (2)", "cat (2) (2)", "cat (3)",
                                                "photo…h_of_a_cat", "photo…h_of_… (2)", "photo…h_of_a_dog"));
  // Of an alphabet of one letter.
  std::vector<std::string> many;
  for (size_t length = 1; length < 60; ++length) many.emplace_back(length, 'a');
  const std::vector<std::string> shown = ToldApart(many, 12);
  EXPECT_EQ(std::set(shown.begin(), shown.end()).size(), many.size());
  EXPECT_TRUE(std::ranges::all_of(shown, [](const std::string& name) { return name.size() <= 12 + 2 * 2; }));
}

TEST(Listed, CountsWhatItLeavesOut) {
  EXPECT_EQ(Listed(kKnown, 3), "epochs, batch, seed");
  EXPECT_EQ(Listed(kKnown, 1), "epochs and 2 others");
}

}  // namespace
}  // namespace hourglass
