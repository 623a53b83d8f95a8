// The values from which trials are drawn, and what a recipe may specify.
#include "hourglass/tune/search_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "hourglass/core/error.h"
#include "hourglass/study/recipe.h"
#include "hourglass/tune/run_pool.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SearchPlan Plan() {
  return {.trials = 16,
          .seed = 7,
          .space = {{.key = "epochs", .draw = SearchDraw::kInteger, .low = 60, .high = 63},
                    {.key = "momentum", .draw = SearchDraw::kUniform, .low = 0.1, .high = 0.4},
                    {.key = "learning_rate", .draw = SearchDraw::kLog, .low = 1e-4, .high = 1e-2},
                    {.key = "plateau_relative", .draw = SearchDraw::kChoice, .choices = {"true", "false"}}}};
}

std::string Text(const SearchPlan& plan, int64_t trial, size_t place) {
  return DrawTrial(plan, trial)[place].text;
}

// The values drawn for a seed are part of every search: they must never change.
TEST(SearchPlan, ASeedsTrialsStayTheSame) {
  const auto texts = [](int64_t trial) {
    std::vector<std::string> all;
    for (const KeyValue& value : DrawTrial(Plan(), trial)) all.push_back(value.text);
    return all;
  };
  EXPECT_THAT(texts(0), ElementsAre("62", "0.3442", "0.002969", "false"));
  EXPECT_THAT(texts(999), ElementsAre("61", "0.3712", "0.001127", "false"));
}

TEST(SearchPlan, ATrialDependsOnSeedAndNumberAlone) {
  SearchPlan more = Plan(), other = Plan();
  more.trials = 1000;
  other.seed = 8;
  EXPECT_EQ(Text(Plan(), 3, 2), Text(more, 3, 2));
  EXPECT_NE(Text(Plan(), 3, 2), Text(other, 3, 2));
  EXPECT_NE(Text(Plan(), 3, 2), Text(Plan(), 4, 2));
}

TEST(SearchPlan, DrawsFillTheirRangesEvenly) {
  const SearchPlan plan = Plan();
  constexpr int kTrials = 4000;
  std::map<std::string, int> epochs, choices;
  int low_noise = 0, low_rates = 0;
  for (int64_t trial = 0; trial < kTrials; ++trial) {
    const std::vector<KeyValue> values = DrawTrial(plan, trial);
    ++epochs[values[0].text];
    const double noise = std::stod(values[1].text), rate = std::stod(values[2].text);
    EXPECT_TRUE(noise >= 0.1 && noise <= 0.4 && rate >= 1e-4 && rate <= 1e-2) << noise << " " << rate;
    low_noise += noise < 0.25 ? 1 : 0;
    low_rates += rate < 1e-3 ? 1 : 0;
    ++choices[values[3].text];
  }
  // Five standard deviations of a share of 1/2 among 4,000 are 158.
  EXPECT_NEAR(low_noise, kTrials / 2, 158);
  EXPECT_NEAR(low_rates, kTrials / 2, 158);
  EXPECT_NEAR(choices["true"], kTrials / 2, 158);
  ASSERT_EQ(epochs.size(), 4u) << "60 and 63 among them";
  for (const auto& [text, count] : epochs) EXPECT_NEAR(count, kTrials / 4, 137) << text;
}

TEST(SearchPlan, NumbersHaveFourDigitsAndStayInTheirRange) {
  SearchPlan plan{.trials = 1, .seed = 0, .space = {}};
  plan.space = {{.key = "learning_rate", .draw = SearchDraw::kUniform, .low = 0.123456, .high = 0.1234561}};
  for (int64_t trial = 0; trial < 50; ++trial) {
    const double value = std::stod(Text(plan, trial, 0));
    EXPECT_GE(value, 0.123456);
    EXPECT_LE(value, 0.1234561);
  }
  plan.space = {{.key = "learning_rate", .draw = SearchDraw::kLog, .low = 1e-9, .high = 1}};
  for (int64_t trial = 0; trial < 50; ++trial) {
    std::string digits = Text(plan, trial, 0);
    digits = digits.substr(0, digits.find('e'));
    const size_t first = digits.find_first_of("123456789");
    std::erase(digits, '.');
    EXPECT_LE(digits.size() - (first > 0 ? first - 1 : 0), 4u) << Text(plan, trial, 0);
  }
}

constexpr char kSearch[] = R"([train]
epochs = 3
[search]
trials = 5
seed = 9
space = { loss_ = 0 }
[sweep]
key = "code_size"
values = [2, 4]
seeds = [0, 1]
)";

constexpr char kSpace[] = "space = { loss_ = 0 }";

// `kSearch` with its space, or another text, replaced.
std::string With(const std::string& to, const std::string& from = kSpace) {
  std::string text = kSearch;
  if (from != kSpace) {
    text.replace(text.find(kSpace), sizeof kSpace - 1, "space = { learning_rate = { log = [1e-4, 1e-2] } }");
  }
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(SearchRecipe, IsReadWithoutRunsTitleAndText) {
  const Recipe recipe =
      ParseRecipe(With("space = { plateau_patience = { integer = [3, 9] }, batch = { choice = [64, 128] }, "
                       "plateau_relative = { choice = [true, false] } }"),
                  "mine", "mine.toml");
  EXPECT_EQ(recipe.title, "mine");
  EXPECT_THAT(recipe.runs, IsEmpty());
  EXPECT_EQ(recipe.train.values.epochs, 3);
  ASSERT_TRUE(recipe.search && recipe.sweep);
  EXPECT_EQ(recipe.search->trials, 5);
  EXPECT_EQ(recipe.search->seed, 9u);
  ASSERT_EQ(recipe.search->space.size(), 3u);
  EXPECT_EQ(recipe.search->space[0].key, "batch");
  EXPECT_THAT(recipe.search->space[0].choices, ElementsAre("64", "128"));
  EXPECT_EQ(recipe.search->space[1].draw, SearchDraw::kInteger);
  EXPECT_EQ(recipe.search->space[1].high, 9);
  EXPECT_THAT(recipe.search->space[2].choices, ElementsAre("true", "false"));
  EXPECT_EQ(recipe.sweep->key, "code_size");
  EXPECT_THAT(recipe.sweep->values, ElementsAre("2", "4"));
  EXPECT_THAT(recipe.sweep->seeds, ElementsAre(0, 1));
}

struct Hostile {
  std::string name, from, to, message;
};

class HostileSearch : public testing::TestWithParam<Hostile> {};

TEST_P(HostileSearch, IsAUsageErrorWithItsLine) {
  try {
    ParseRecipe(With(GetParam().to, GetParam().from), "mine", "mine.toml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("mine.toml:"));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}

std::string Space(const std::string& inside) {
  return "space = { " + inside + " }";
}

INSTANTIATE_TEST_SUITE_P(
    Search, HostileSearch,
    testing::Values(
        Hostile{"UnknownKey", kSpace, Space("lerning_rate = { log = [1e-4, 1e-2] }"),
                "did you mean 'learning_rate'"},
        Hostile{"NoSpace", kSpace, "", "nothing to vary"},
        Hostile{"EmptySpace", kSpace, Space(""), "nothing"},
        Hostile{"SpaceIsAList", kSpace, "space = [1]", "a table"},
        Hostile{"NoDraw", kSpace, Space("learning_rate = 0.1"), "bad distribution of"},
        Hostile{"TwoDraws", kSpace, Space("learning_rate = { log = [1e-4, 1e-2], uniform = [1e-4, 1e-2] }"),
                "bad distribution of"},
        Hostile{"UnknownDraw", kSpace, Space("learning_rate = { unifrom = [0.1, 0.2] }"),
                "did you mean 'uniform'"},
        Hostile{"NoChoice", kSpace, Space("model = { choice = [] }"), "at least one choice"},
        Hostile{"ChoiceNoList", kSpace, Space("model = { choice = \"mlp4\" }"), "a list of values"},
        Hostile{"ChoiceTwice", kSpace, Space("learning_rate = { choice = [0.001, 1e-3] }"), "twice"},
        Hostile{"ChoiceUnknown", kSpace, Space("optimizer = { choice = [\"adam\", \"adm\"] }"),
                "bad value for 'optimizer'"},
        Hostile{"ChoiceNested", kSpace, Space("batch = { choice = [[64]] }"), "bad value in a list"},
        Hostile{"LogOfZero", kSpace, Space("weight_decay = { log = [0.0, 1e-2] }"), "above 0"},
        Hostile{"LogOfNegative", kSpace, Space("weight_decay = { log = [-1e-4, 1e-2] }"), "above 0"},
        Hostile{"Reversed", kSpace, Space("learning_rate = { log = [1e-2, 1e-4] }"), "low below high"},
        Hostile{"Empty", kSpace, Space("learning_rate = { uniform = [1e-2, 1e-2] }"), "low below high"},
        Hostile{"NotANumber", kSpace, Space("learning_rate = { uniform = [nan, 1.0] }"), "low below high"},
        Hostile{"Infinite", kSpace, Space("learning_rate = { uniform = [0.1, inf] }"), "learning_rate"},
        Hostile{"AsManyNumbersAsThereAre", kSpace, Space("seed = { integer = [0, 4294967295] }"),
                "fewer than 2^32"},
        Hostile{"OtherTasks", kSpace, Space("corrupt = { choice = [\"none\", \"gaussian:0.5\"] }"),
                "'corrupt' is the same for all runs"},
        Hostile{"ThreeEnds", kSpace, Space("learning_rate = { uniform = [1, 2, 3] }"), "range of 3"},
        Hostile{"EndsAreTexts", kSpace, Space("learning_rate = { log = [\"a\", \"b\"] }"), "numbers"},
        Hostile{"IntegerKeyUniform", kSpace, Space("batch = { uniform = [64, 128] }"),
                "integer = [low, high]"},
        Hostile{"NumberKeyInteger", kSpace, Space("learning_rate = { integer = [1, 2] }"), "uniform or log"},
        Hostile{"IntegerOfFractions", kSpace, Space("batch = { integer = [1.5, 2.5] }"), "whole numbers"},
        Hostile{"TextKeyUniform", kSpace, Space("model = { uniform = [1, 2] }"), "choice"},
        Hostile{"BelowTheKeysRange", kSpace, Space("batch = { integer = [0, 128] }"), "'batch'"},
        Hostile{"AboveTheKeysRange", kSpace, Space("plateau_factor = { uniform = [0.1, 1.5] }"),
                "'plateau_factor'"},
        Hostile{"WiderThanTheNumbers", kSpace, Space("seed = { integer = [0, 9000000000] }"), "2^32"},
        Hostile{"DataVaries", kSpace, Space("data = { choice = [\"mnist\", \"digits\"] }"),
                "same for all runs"},
        Hostile{"SplitVaries", kSpace, Space("val_share = { uniform = [0.1, 0.2] }"), "same for all runs"},
        Hostile{"NoTrials", "trials = 5", "trials = 0", "'trials'"},
        Hostile{"TooManyTrials", "trials = 5", "trials = 1000001", "'trials'"},
        Hostile{"NegativeSeed", "seed = 9", "seed = -1", "'seed'"},
        Hostile{"UnknownSearchKey", "trials = 5", "trails = 5", "did you mean 'trials'"},
        Hostile{"SearchIsNoTable", "[search]\ntrials = 5\nseed = 9\n", "search = 5\n",
                "unknown key 'search'"},
        Hostile{"SweepOfNothing", "[2, 4]", "[]", "no values"},
        Hostile{"SweepValuesMissing", "values = [2, 4]\n", "", "a list of values"},
        Hostile{"SweepUnknownKey", "\"code_size\"", "\"code_sice\"", "did you mean 'code_size'"},
        Hostile{"SweepValueOutOfRange", "[2, 4]", "[2, 0]", "'code_size'"},
        Hostile{"SweepValueTwice", "[2, 4]", "[2, 2]", "twice"},
        Hostile{"SweepSeedTwice", "[0, 1]", "[1, 1]", "twice"},
        Hostile{"SweepNegativeSeed", "[0, 1]", "[0, -1]", "'seed'"},
        Hostile{"SweepOverSeeds", "\"code_size\"", "\"seed\"", "seeds"},
        Hostile{"SweepOverData", "\"code_size\"", "\"data\"", "same for all runs"}),
    [](const auto& hostile) { return hostile.param.name; });

TEST(SearchPlan, ImpossibleTrialsAndRunsAreUsageErrors) {
  struct : PoolObserver {
  } observer;
  const auto train = [&](int64_t until, size_t count) {
    std::vector<RunRecord> records(count);
    TrainRuns({{.label = "trial 3", .until = until}}, {}, {}, observer, records);
  };
  test::ExpectUsageErrors({{"invalid trial", [] { DrawTrial(Plan(), -1); }},
                           {"invalid last epoch of trial 3", [&] { train(INT64_MAX, 1); }},
                           {"invalid number of records", [&] { train(1, 2); }}});
}

}  // namespace
}  // namespace hourglass
