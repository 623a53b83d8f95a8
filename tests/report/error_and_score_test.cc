#include "hourglass/report/error_and_score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <regex>
#include <vector>

#include "hourglass/core/file.h"
#include "support/temporary_directory.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ErrorAndScore, HasTwoPointsForEachModel) {
  const test::TemporaryDirectory folder;
  const std::vector<ErrorAndScore> models = {
      {.label = "wide, 2", .mse = 0.04, .score = 0.3, .new_score = 0.1},
      {.label = "linear", .mse = 0.02, .score = 0.05, .new_score = 0.0625},
      {.label = "diverged", .mse = std::nan(""), .score = 0.05, .new_score = 0.05}};
  const Figure figure = DrawErrorAndScore(folder.path(), models, Distance::kL1, 20);
  EXPECT_NO_THROW(ReadFigure(folder.path(), "error-and-score"));
  EXPECT_EQ(ReadFile(folder / "error-and-score.csv"),
            "model,mse,score,new score\nlinear,0.02,0.05,0.0625\n\"wide, 2\",0.04,0.3,0.1\n");
  EXPECT_THAT(figure.caption, HasSubstr("share of the 20 nearest images that a code keeps, by L1"));
  const std::string script = ReadFile(folder / "error-and-score.gp");
  EXPECT_THAT(script, HasSubstr("set label 'wide, 2'"));
  EXPECT_THAT(script, Not(HasSubstr("diverged")));
}

// Names of models with equal errors would cover each other at the height of their points.
TEST(ErrorAndScore, NamesStandApart) {
  const test::TemporaryDirectory folder;
  std::vector<ErrorAndScore> models(30, {.label = "a model", .mse = 0.04, .score = 0.1, .new_score = 0.1});
  models.push_back({.label = "a model", .mse = 0.05, .score = 0.1, .new_score = 0.1});
  DrawErrorAndScore(folder.path(), models, Distance::kL2, 20);
  const std::string script = ReadFile(folder / "error-and-score.gp");
  const std::regex place("a model' at graph 1.04, graph ([-0-9.e]+)");
  std::vector<double> heights;
  for (auto at = std::sregex_iterator(script.begin(), script.end(), place); at != std::sregex_iterator();
       ++at) {
    heights.push_back(std::stod((*at)[1]));
  }
  ASSERT_EQ(heights.size(), 31U);
  for (size_t i = 1; i < heights.size(); ++i) EXPECT_GT(heights[i] - heights[i - 1], 0.03);
  EXPECT_GE(heights.front(), -0.01);
  EXPECT_LE(heights.back(), 1);
}

TEST(ErrorAndScore, NothingToDrawIsAUsageError) {
  const test::TemporaryDirectory folder;
  const std::vector<ErrorAndScore> none = {{.label = "x", .mse = std::nan(""), .score = 0, .new_score = 0}};
  test::ExpectUsageErrors(
      {{"no model has an error", [&] { DrawErrorAndScore(folder.path(), none, Distance::kL2, 20); }}});
}

}  // namespace
}  // namespace hourglass
