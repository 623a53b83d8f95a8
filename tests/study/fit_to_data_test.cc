// What of a recipe applies to other data than its own, and to few images.
#include "hourglass/study/fit_to_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/data/named_sets.h"
#include "support/tiny_images.h"

namespace hourglass {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kOfMnist[] = R"toml(title = "Of MNIST"
text = "A test"
[train]
data = "mnist"
[[run]]
name = "z2"
label = "d = 2"
[neighbours]
k = 200
at = [5, 20, 50]
similarity_factor = 30000
[[neighbours.published]]
run = "z2"
distance = "l2"
score = [0.1, 0.2, 0.3]
[[published]]
what = "held-out MSE"
measure = "z2.test/mse"
values = [0.04]
source = "someone"
[[claim]]
text = "Ones are kept best"
about_data = true
checks = [{ test = "less", measure = "z2.test/mse", than = 1 }]
[[claim]]
text = "It learns, and no better than published"
checks = [
  { test = "less", measure = "z2.test/mse", than = 1 },
  { test = "less", not = true, measure = "z2.test/mse", than = "published.z2.test/mse" },
  { test = "less", not = true, measure = "z2.l2/score@5", than = "published.z2.l2/score@5" },
]
)toml";

DataSplits DataOf(int64_t images, std::string name, std::string checksum) {
  DataSplits data;
  data.name = std::move(name);
  data.train = data.held_out = test::TinyImages(images, 10, test::Scrambled);
  data.checksum = std::move(checksum);
  return data;
}

Measures SomeMeasures() {
  Measures measures;
  measures.Add({.name = "z2.test/mse", .of = "d = 2", .what = "held-out MSE", .value = 0.05});
  return measures;
}

TEST(FitToData, ItsOwnDataChangeNothingWhereverTheyAre) {
  Recipe recipe = ParseRecipe(kOfMnist, "mine", "mine.toml");
  FitToData(recipe, DataOf(300, "/data/copy", FindNamedSet("mnist")->checksum));
  EXPECT_THAT(recipe.departures, IsEmpty());
  EXPECT_EQ(recipe.published.size(), 1U);
  EXPECT_EQ(recipe.neighbours->k, 200);
  EXPECT_EQ(recipe.neighbours->published.size(), 1U);
  EXPECT_EQ(JudgeClaim(recipe.claims[0], SomeMeasures()).answer, ClaimAnswer::kConfirmed);
}

TEST(FitToData, WithOtherDataNothingPublishedIsJudged) {
  Recipe recipe = ParseRecipe(kOfMnist, "mine", "mine.toml");
  FitToData(recipe, DataOf(300, "blobs", "c"));
  EXPECT_THAT(recipe.departures, ElementsAre("blobs instead of mnist"));
  EXPECT_THAT(recipe.published, IsEmpty());
  EXPECT_THAT(recipe.neighbours->published, IsEmpty());
  EXPECT_EQ(recipe.neighbours->similarity_factor, 1);
  const ClaimVerdict about = JudgeClaim(recipe.claims[0], SomeMeasures());
  EXPECT_EQ(about.answer, ClaimAnswer::kOpen);
  EXPECT_EQ(about.because, "cannot be judged, because it is about mnist");
  const ClaimVerdict mixed = JudgeClaim(recipe.claims[1], SomeMeasures());
  EXPECT_EQ(mixed.answer, ClaimAnswer::kPartly);
  EXPECT_THAT(mixed.because, testing::EndsWith("; published values are those of mnist"));
  EXPECT_EQ(mixed.because.find("published"), mixed.because.rfind("published")) << "said once";
}

TEST(FitToData, OtherImagesUnderTheSameNameAreOtherData) {
  Recipe recipe = ParseRecipe(kOfMnist, "mine", "mine.toml");
  FitToData(recipe, DataOf(300, "mnist", "c"));
  EXPECT_THAT(recipe.departures, ElementsAre("other images instead of mnist"));
}

TEST(FitToData, DataWithoutAKnownChecksumAreRecognisedByTheirName) {
  Recipe recipe = ParseRecipe(kOfMnist, "mine", "mine.toml");
  recipe.data = "digits";
  FitToData(recipe, DataOf(300, "digits", "c"));
  EXPECT_THAT(recipe.departures, IsEmpty());
}

TEST(FitToData, FewImagesHaveFewNeighbours) {
  Recipe recipe = ParseRecipe(kOfMnist, "mine", "mine.toml");
  FitToData(recipe, DataOf(40, "blobs", "c"));
  EXPECT_EQ(recipe.neighbours->k, 38);
  EXPECT_THAT(recipe.neighbours->at, ElementsAre(5, 20));
  ASSERT_EQ(recipe.departures.size(), 2U);
  EXPECT_THAT(recipe.departures[1], HasSubstr("38 neighbours of each image instead of 200"));
  FitToData(recipe, DataOf(5, "blobs", "c"));
  EXPECT_EQ(recipe.neighbours->k, 3);
  EXPECT_THAT(recipe.neighbours->at, ElementsAre(3));
}

}  // namespace
}  // namespace hourglass
