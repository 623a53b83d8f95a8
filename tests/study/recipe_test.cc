#include "hourglass/study/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "hourglass/core/error.h"
#include "hourglass/study/detail/study_measures.h"
#include "hourglass/study/study.h"

namespace hourglass {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kWhole[] = R"(title = "A study"
text = "What it asks"
[train]
epochs = 3
learning_rate = 2e-3
data = "digits"
[[run]]
name = "z4"
label = "d = 4"
train = { code_size = 4 }
[[run]]
name = "narrow"
label = "d = 4, narrow"
control_of = "z4"
train = { code_size = 4, model = "mlp4-narrow", epochs = 5 }
[pictures]
best_to_worst = 7
denoise = [1]
denoise_sigma = 0.5
interpolate = [3, 4]
[[published]]
what = "first loss"
measure = "z4.train/loss:first"
values = [0.1, 0.2]
source = "someone"
[[claim]]
text = "{label} learns"
runs = ["z4", "narrow"]
checks = [{ test = "less", measure = "{run}.train/loss:last", than = "{run}.train/loss:first" }]
)";

TEST(Recipe, ReadsEveryPart) {
  const Recipe recipe = ParseRecipe(kWhole, "mine", "mine.toml");
  EXPECT_EQ(recipe.name, "mine");
  EXPECT_EQ(recipe.title, "A study");
  ASSERT_EQ(recipe.claims.size(), 2U);
  EXPECT_EQ(recipe.claims[1].text, "d = 4, narrow learns");
  ASSERT_EQ(recipe.runs.size(), 2U);
  EXPECT_EQ(recipe.runs[0].config.values.epochs, 3);
  EXPECT_EQ(recipe.runs[0].config.values.learning_rate, 2e-3);
  EXPECT_EQ(recipe.runs[0].config.values.code_size, 4);
  EXPECT_EQ(recipe.runs[1].config.values.epochs, 5);
  EXPECT_EQ(recipe.runs[1].config.values.model, "mlp4-narrow");
  EXPECT_EQ(recipe.runs[1].control_of, "z4");
  EXPECT_EQ(recipe.runs[0].config.origins.at("epochs"), "mine.toml:4");
  EXPECT_EQ(recipe.pictures.best_to_worst, 7);
  EXPECT_THAT(recipe.pictures.interpolate, ElementsAre(3, 4));
  EXPECT_EQ(recipe.pictures.denoise_sigma, 0.5);
  ASSERT_EQ(recipe.published.size(), 1U);
  EXPECT_THAT(recipe.published[0].values, ElementsAre(0.1, 0.2));
}

TEST(Recipe, ARunIsTaughtByAnEarlierOneAndNotBesideIt) {
  std::string text = kWhole;
  const std::string from = "control_of = \"z4\"\ntrain = {";
  text.replace(text.find(from), from.size(), "taught_by = \"z4\"\ntrain = { neighbourhood = \"auto\",");
  const Recipe recipe = ParseRecipe(text, "mine", "mine.toml");
  EXPECT_EQ(recipe.runs[1].taught_by, "z4");
  EXPECT_EQ(recipe.runs[0].taught_by, "");
  try {
    ParseRecipe("side_by_side = true\n" + text, "mine", "mine.toml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("must be trained before it"));
  }
}

TEST(Recipe, RepeatsARunWithTheNextSeeds) {
  std::string text = kWhole;
  text.replace(text.find("train = { code_size = 4 }"), 0, "seeds = 3\n");
  text += "show = [\"*.test/mse\", \"z4-2.test/mse\"]\n";
  Recipe recipe = ParseRecipe(text, "mine", "mine.toml");
  const auto runs = [&] {
    std::vector<std::pair<std::string, int64_t>> named;
    for (const RecipeRun& run : recipe.runs) named.emplace_back(run.name, run.config.values.seed);
    return named;
  };
  using testing::Pair;
  EXPECT_THAT(runs(), ElementsAre(Pair("z4", 0), Pair("z4-2", 1), Pair("z4-3", 2), Pair("narrow", 0)));
  EXPECT_EQ(recipe.runs[0].repeat_of, "");
  EXPECT_EQ(recipe.runs[2].repeat_of, "z4");
  EXPECT_EQ(recipe.runs[2].label, "d = 4, seed 3 of 3");
  EXPECT_EQ(recipe.runs[2].config.values.code_size, 4);
  EXPECT_EQ(recipe.runs[2].config.origins.at("seed"), "seeds of z4");
  EXPECT_EQ(recipe.claims.size(), 2U);
  OverrideRuns(recipe, {}, {{"seed", "7"}});
  EXPECT_THAT(runs(), ElementsAre(Pair("z4", 7), Pair("z4-2", 8), Pair("z4-3", 9), Pair("narrow", 7)));
  EXPECT_TRUE(recipe.departures.empty());

  text.replace(text.find("name = \"narrow\""), 15, "name = \"z4-2\"");
  try {
    ParseRecipe(text, "mine", "mine.toml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("two runs are named 'z4-2'"));
  }
}

TEST(Recipe, AQuickStudyLeavesOutRepeats) {
  std::string text = kWhole;
  text.replace(text.find("train = { code_size = 4 }"), 0, "seeds = 3\n");
  Recipe recipe = ParseRecipe(text + "[neighbours]\n", "mine", "mine.toml");
  recipe.quick_epochs = 2;
  OverrideRuns(recipe, {}, {}, /*quick=*/true);
  EXPECT_EQ(recipe.runs.size(), 2U);
  EXPECT_THAT(recipe.neighbours->runs, ElementsAre("z4", "narrow"));
  EXPECT_EQ(recipe.runs[1].config.values.epochs, 2);
}

TEST(Recipe, SectionsNameARunWithoutItsRepeats) {
  std::string text = kWhole;
  text.replace(text.find("train = { code_size = 4 }"), 0, "seeds = 3\n");
  text += "[neighbours]\nruns = [\"narrow\", \"z4\"]\n[robustness]\ngaussian = \"0:0.2:0.1\"\n";
  const Recipe recipe = ParseRecipe(text, "mine", "mine.toml");
  EXPECT_THAT(recipe.neighbours->runs, ElementsAre("narrow", "z4", "z4-2", "z4-3"));
  EXPECT_THAT(recipe.neighbours->in_tables_only, ElementsAre("z4-2", "z4-3"));
  EXPECT_THAT(recipe.robustness->runs, ElementsAre("z4", "narrow"));
}

TEST(Recipe, NeighboursByOneDistanceHaveNoMeasuresByTheOther) {
  const std::string text = std::string(kWhole) + "[neighbours]\ndistances = [\"l2\"]\n";
  const Measures planned = PlannedMeasures(ParseRecipe(text, "mine", "mine.toml"));
  EXPECT_TRUE(planned.Find("z4.l2/score@20"));
  EXPECT_FALSE(planned.Find("z4.l1/score@20"));
}

TEST(Recipe, AllThatAreBuiltInCanBeRead) {
  EXPECT_THAT(BuiltInRecipeNames(), testing::IsSupersetOf({"bottleneck-trio", "lab", "summary-lab"}));
  for (const std::string& name : BuiltInRecipeNames()) {
    const Recipe recipe = BuiltInRecipe(name);
    EXPECT_EQ(recipe.name, name);
    EXPECT_FALSE(recipe.claims.empty()) << name;
    const Shape images = recipe.data == "cifar10" ? Shape{3, 32, 32} : Shape{1, 28, 28};
    for (const RecipeRun& run : recipe.runs) {
      EXPECT_NO_THROW(MakeArchitecture(run.config.values.model, images, run.config.values.code_size)) << name;
    }
  }
}

// `kWhole` with one text replaced, and the expected error.
struct Damage {
  std::string name, from, to, message;
};

class DamagedRecipe : public testing::TestWithParam<Damage> {};

TEST_P(DamagedRecipe, IsAUsageErrorWithItsLine) {
  std::string text = kWhole;
  const size_t at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, GetParam().from.size(), GetParam().to);
  try {
    ParseRecipe(text, "mine", "mine.toml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("mine.toml"));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Recipe, DamagedRecipe,
    testing::Values(
        Damage{"NotToml", "title = ", "title ", "mine.toml:1: not TOML"},
        Damage{"TitleMissing", "title = \"A study\"\n", "", "'title' is missing"},
        Damage{"NameOfTheFigures", "name = \"narrow\"", "name = \"figures\"", "not the reserved"},
        Damage{"NameOfTheMap", "name = \"narrow\"", "name = \"map\"", "not the reserved"},
        Damage{"TooManyRankedImages", "best_to_worst = 7", "best_to_worst = 101", "expected: 0 to 100"},
        Damage{"MapIsNoYesOrNo", "[pictures]", "[neighbours]\nmap = 3\n[pictures]", "bad value for 'map'"},
        Damage{"UnknownSection", "[pictures]", "[serch]\ntrials = 3\n[pictures]", "did you mean 'search'"},
        Damage{"UnknownKey", "text = \"What", "txt = \"What", "'text' is missing"},
        Damage{"UnknownTest", "\"less\"", "\"lesss\"", "did you mean 'less'"},
        Damage{"ClaimOfNoMeasure", "{run}.train/loss:last", "{run}.train/los:last",
               "unknown measure 'z4.train/los:last'"},
        Damage{"ClaimsNoTables", "[[claim]]", "[claim]", "[[claim]] tables"},
        Damage{"UnknownTrainKey", "learning_rate", "lerning_rate", "did you mean 'learning_rate'"},
        Damage{"TrainKeyOutOfRange", "epochs = 3", "epochs = 0", "mine.toml:4"},
        Damage{"TrainKeyOfAnotherType", "epochs = 3", "epochs = [3]", "epochs"},
        Damage{"UnknownRunKey", "label = \"d = 4\"", "lable = \"d = 4\"", "mine.toml:"},
        Damage{"LabelOfTwoLines", "label = \"d = 4\"", "label = \"d\\n4\"", "one line of text"},
        Damage{"TitleOfTwoLines", "title = \"A study\"", "title = \"A\\nstudy\"", "one line of text"},
        Damage{"PublishedOfTwoLines", "what = \"", "what = \"\\n", "one line of text"},
        Damage{"SourceOfTwoLines", "source = \"", "source = \"\\t", "one line of text"},
        Damage{"LabelOfNothing", "label = \"d = 4\"", "label = \"\"", "not empty"},
        Damage{"RunNameEscapes", "name = \"z4\"", "name = \"../z4\"", "letters, digits"},
        Damage{"RunTwice", "name = \"narrow\"", "name = \"z4\"", "two runs are named 'z4'"},
        Damage{"NoSeed", "label = \"d = 4\"", "label = \"d = 4\"\nseeds = 0", "1 to 100"},
        Damage{"SeedsAsAList", "label = \"d = 4\"", "label = \"d = 4\"\nseeds = [1, 2]", "seeds"},
        Damage{"ControlOfNothing", "control_of = \"z4\"", "control_of = \"z5\"", "unknown run 'z5'"},
        Damage{"TaughtByNothing", "control_of = \"z4\"", "taught_by = \"z5\"", "unknown run 'z5'"},
        Damage{"TaughtByALaterRun", "label = \"d = 4\"", "label = \"d = 4\"\ntaught_by = \"narrow\"",
               "unknown run 'narrow'"},
        Damage{"TaughtWithoutAMap", "control_of = \"z4\"", "taught_by = \"z4\"", "only a map can teach"},
        Damage{"OtherData", "epochs = 5", "data = \"mnist\"", "and the first run differ in data"},
        Damage{"OtherSplit", "epochs = 5", "val_share = 0.2", "and the first run differ in val_share"},
        Damage{"OtherSplitSeed", "epochs = 5", "split_seed = 1", "and the first run differ in split_seed"},
        Damage{"OtherFolder", "epochs = 5", "data_dir = \"x\"", "and the first run differ in data_dir"},
        Damage{"NeighboursOfNoRun", "[pictures]", "[neighbours]\nruns = [\"z5\"]\n[pictures]",
               "unknown run 'z5'"},
        Damage{"NeighboursBeyondK", "[pictures]", "[neighbours]\nk = 10\n[pictures]",
               "bad runs, distances, k or at in [neighbours]"},
        Damage{"NeighboursByNoDistance", "[pictures]", "[neighbours]\ndistances = []\n[pictures]",
               "at least one run and distance"},
        Damage{"NeighboursByAnUnknownDistance", "[pictures]",
               "[neighbours]\ndistances = [\"l3\"]\n[pictures]", "unknown distance 'l3'"},
        Damage{"PublishedByAnotherDistance", "[pictures]",
               "[neighbours]\ndistances = [\"l2\"]\n[[neighbours.published]]\nrun = \"z4\"\n"
               "distance = \"l1\"\n[pictures]",
               "published values by L1, which [neighbours] does not measure"},
        Damage{"NeighboursByNothing", "[pictures]",
               "[[neighbours.published]]\nrun = \"z4\"\ndistance = \"l3\"\n[pictures]",
               "unknown distance 'l3'"},
        Damage{"NeighboursOfOtherSizes", "[pictures]",
               "[[neighbours.published]]\nrun = \"z4\"\ndistance = \"l1\"\nscore = [0.5]\n[pictures]",
               "one per size"},
        Damage{"PublishedRun", "\"z4.train", "\"z44.train", "did you mean 'z4.train/loss:first'"},
        Damage{"PublishedMeasure", "loss:first", "loss:frist", "did you mean 'z4.train/loss:first'"},
        Damage{"PublishedCurve", "loss:first", "loss", "is a curve, not a number"},
        Damage{"PublishedNothing", "[0.1, 0.2]", "[]", "no values"},
        Damage{"SigmaOutOfRange", "denoise_sigma = 0.5", "denoise_sigma = -1", "denoise_sigma"},
        Damage{"InterpolateOne", "interpolate = [3, 4]", "interpolate = [3]", "two digits"},
        Damage{"RunsMissing", "[[run]]", "[[other]]", "mine.toml"}),
    [](const auto& damage) { return damage.param.name; });

TEST(Recipe, UnknownStudyNamesTheNearest) {
  try {
    BuiltInRecipe("bottleneck-tri");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'bottleneck-trio'"));
  }
}

TEST(Recipe, FlagsOverrideVariablesOverrideTheRecipe) {
  Recipe recipe = ParseRecipe(kWhole, "mine", "mine.toml");
  OverrideRuns(recipe, {{"HOURGLASS_EPOCHS", "7"}, {"HOURGLASS_SEED", "3"}}, {{"epochs", "9"}});
  for (const RecipeRun& run : recipe.runs) {
    EXPECT_EQ(run.config.values.epochs, 9);
    EXPECT_EQ(run.config.values.seed, 3);
    EXPECT_EQ(run.config.values.code_size, 4);
    EXPECT_EQ(run.config.origins.at("epochs"), "--epochs");
    EXPECT_EQ(run.config.origins.at("seed"), "HOURGLASS_SEED");
  }
  EXPECT_THAT(recipe.departures, ElementsAre("epochs = 9 instead of 3"));
}

// Search and sweep divide their epochs themselves.
TEST(Recipe, QuickShortensTheRunsAlone) {
  Recipe recipe = ParseRecipe("quick_epochs = 2\n" + std::string(kWhole), "mine", "mine.toml");
  OverrideRuns(recipe, {}, {}, /*quick=*/true);
  EXPECT_EQ(recipe.train.values.epochs, 3);
  for (const RecipeRun& run : recipe.runs) EXPECT_EQ(run.config.values.epochs, 2);
  EXPECT_THAT(recipe.departures, ElementsAre("epochs = 2 instead of 3"));
  OverrideRuns(recipe, {}, {{"epochs", "4"}}, /*quick=*/true);
  EXPECT_EQ(recipe.train.values.epochs, 4);
  for (const RecipeRun& run : recipe.runs) EXPECT_EQ(run.config.values.epochs, 4);
}

TEST(Recipe, QuickNeedsAnEpoch) {
  EXPECT_EQ(ParseRecipe(kWhole, "mine", "mine.toml").quick_epochs, 5);
  for (const char* none : {"quick_epochs = 0\n", "quick_epochs = -1\n"}) {
    try {
      ParseRecipe(none + std::string(kWhole), "mine", "mine.toml");
      FAIL() << none;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("mine.toml:1: bad value for 'quick_epochs'"));
    }
  }
}

TEST(Recipe, EverySettingThatMakesAnotherStudyIsADeparture) {
  Recipe recipe = ParseRecipe(kWhole, "mine", "mine.toml");
  OverrideRuns(recipe, {{"HOURGLASS_LEARNING_RATE", "0.5"}, {"HOURGLASS_SIZE", "16"}}, {});
  EXPECT_THAT(recipe.departures, ElementsAre("size = 16x16", "learning_rate = 0.5 instead of 0.002"));
}

}  // namespace
}  // namespace hourglass
