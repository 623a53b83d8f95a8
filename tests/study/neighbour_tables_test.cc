// Tables of neighbourhoods show published values beside measured ones.
#include "hourglass/study/neighbour_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hourglass {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

NeighbourhoodScores Scores(Distance distance, double score) {
  NeighbourhoodScores scores;
  scores.distance = distance;
  scores.n = 1001;
  scores.qnx.assign(50, score);
  scores.kept_k = 20;
  scores.all_sizes.points = 500;
  scores.all_sizes.area = 0.1234;
  for (const int64_t k : {5, 20}) {
    ScoresAt at;
    at.k = k;
    at.score = score;
    at.labels.emplace();
    at.labels->input_rate = 0.9;
    at.labels->code_rate = score;
    at.labels->similarity = 0.2;
    at.labels->score_by_label = {{1, score}, {7, score}, {8, score}};
    scores.at.push_back(std::move(at));
  }
  return scores;
}

NewScores ScoresOfNew(Distance distance, double score) {
  NewScores scores{.distance = distance, .old_points = 1000, .new_points = 300, .at = {}};
  for (const int64_t k : {5, 20}) {
    NewScoresAt at;
    at.k = k;
    at.score = {score, 0.001};
    at.trustworthiness = {0.75, 0.004};
    at.input_rate = {0.8, 0.01};
    at.code_rate = {score + 0.5, 0.002};
    at.improvement = {score - 0.3, 0.003};
    at.input_accuracy = at.code_accuracy = {0.875, 0.005};
    scores.at.push_back(at);
  }
  return scores;
}

class NeighbourTablesTest : public testing::Test {
 protected:
  NeighbourTablesTest() {
    probed_.distances = {Distance::kL1, Distance::kL2};
    Add("a", 0.06);
    Add(kPcaCode, 0.013);
    plan_ = {.runs = {"a"}, .at = {5, 20}};
    plan_.published = {{.run = "a",
                        .distance = Distance::kL2,
                        .score = {0, 0.067},
                        .improvement = {},
                        .similarity = {0.25, 0.5},
                        .score_by_label = {0.111, 0.222, 0.333}}};
  }
  void Add(const std::string& name, double score) {
    ScoredCode code{.name = name, .label = name, .codes = {}, .scores = {}};
    code.scores.push_back(Scores(Distance::kL1, score / 2));
    code.scores.push_back(Scores(Distance::kL2, score));
    code.new_scores.push_back(ScoresOfNew(Distance::kL1, score / 4));
    code.new_scores.push_back(ScoresOfNew(Distance::kL2, score / 2));
    probed_.codes.push_back(std::move(code));
  }

  ProbedNeighbours probed_;
  NeighboursPlan plan_;
};

TEST_F(NeighbourTablesTest, PublishedStandsBesideMeasuredAndPcaInEach) {
  const std::vector<Table> tables = NeighbourTables(plan_, probed_);
  ASSERT_EQ(tables.size(), 2U * 5 + 1);
  for (const Table& table : tables) {
    EXPECT_TRUE(table.rows.back().front() == "any code" || table.rows.back().front() == kPcaCode);
    EXPECT_THAT(table.caption, HasSubstr("5 / 20 nearest in pixels that have its label is 0.900 / 0.900"));
    for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.header.size());
  }
  const auto by_l2 = std::span(tables).subspan(5);
  EXPECT_THAT(by_l2[0].rows[0], ElementsAre("a", "published", "0.0000", "0.0670", "–", "–"));
  EXPECT_EQ(by_l2[0].rows[1][3], "0.0600");
  EXPECT_THAT(by_l2[1].rows[0], ElementsAre("a", "published", "–", "–", "–", "–"));
  EXPECT_THAT(by_l2[2].rows[0], ElementsAre("a", "published", "0.2500", "0.5000"));
  EXPECT_THAT(by_l2[2].rows[1], ElementsAre("a", "measured", "0.2000", "0.2000"));
  EXPECT_EQ(by_l2[3].rows[0][2], "0.0600");
  EXPECT_EQ(by_l2[4].rows[0][4], "0.1234 ± 0.0000");
  EXPECT_THAT(by_l2[4].caption, HasSubstr("covers all k up to 999, from 500 images"));
  EXPECT_THAT(by_l2[5].rows[0], ElementsAre("a", "published", "0.1110", "0.2220", "0.3330"));
}

TEST_F(NeighbourTablesTest, LabelsAreCalledByTheirNamesAndManyAreCutShort) {
  probed_.class_names = {"zero", "one", "two"};
  EXPECT_THAT(NeighbourTables(plan_, probed_).back().header, ElementsAre("code", "source", "one", "7", "8"));
  for (ScoredCode& code : probed_.codes) {
    for (NeighbourhoodScores& scores : code.scores) {
      for (ScoresAt& at : scores.at) {
        for (int label = 0; label < 300; ++label) at.labels->score_by_label[label] = (label + 150) % 300;
      }
    }
  }
  const Table table = NeighbourTables(plan_, probed_).back();
  EXPECT_THAT(table.header, ElementsAre("code", "source", "150", "151", "152", "153", "154", "145", "146",
                                        "147", "148", "149"));
  EXPECT_EQ(table.rows[0][1], "measured") << "published values are for all labels";
  EXPECT_EQ(table.rows[0][2], "0.0000");
  EXPECT_EQ(table.rows[0][11], "299.0000");
  EXPECT_THAT(table.caption, HasSubstr("Of 300 labels, the 5 with the lowest scores of a and the 5 with"));
}

TEST_F(NeighbourTablesTest, NewImagesStandBesideTrainingImages) {
  const std::vector<Table> tables = NeighbourTables(plan_, probed_);
  const auto by_l2 = std::span(tables).subspan(5);
  EXPECT_THAT(by_l2[0].header, ElementsAre("code", "source", "score@5", "score@20", "new@5", "new@20"));
  EXPECT_THAT(by_l2[0].rows[1], ElementsAre("a", "measured", "0.0600", "0.0600", "0.0300", "0.0300"));
  EXPECT_THAT(by_l2[0].rows.back(),
              ElementsAre("any code", "by chance", "0.0000", "0.0000", "0.0050", "0.0200"));
  EXPECT_THAT(by_l2[0].caption, HasSubstr("0.900 / 0.900, of a new image's 0.800 / 0.800."));
  EXPECT_THAT(by_l2[0].caption, HasSubstr("300 held-out images among the training images"));
  EXPECT_THAT(by_l2[0].caption, HasSubstr("standard errors up to 0.0010"));
  EXPECT_THAT(by_l2[1].rows[1], ElementsAre("a", "measured", "0.0000", "0.0000", "-0.2700", "-0.2700"));
  EXPECT_THAT(by_l2[1].caption, HasSubstr("standard errors up to 0.0030"));
  EXPECT_THAT(by_l2[3].header, ElementsAre("code", "rate@5", "rate@20", "new@5", "new@20",
                                           "kNN@20, leave one out", "kNN@20, new"));
  EXPECT_THAT(by_l2[3].rows[0], ElementsAre("a", "0.0600", "0.0600", "0.5300", "0.5300", "0.0000", "0.8750"));
  EXPECT_EQ(by_l2[4].header[6], "new");
  EXPECT_EQ(by_l2[4].rows[0][6], "0.7500");
}

TEST_F(NeighbourTablesTest, NewImagesWithoutLabelsHaveScoresAlone) {
  for (ScoredCode& code : probed_.codes) {
    for (NewScores& scores : code.new_scores) {
      for (NewScoresAt& at : scores.at) {
        for (auto* value :
             {&at.input_rate, &at.code_rate, &at.improvement, &at.input_accuracy, &at.code_accuracy}) {
          value->reset();
        }
      }
    }
  }
  const std::vector<Table> tables = NeighbourTables(plan_, probed_);
  EXPECT_EQ(tables[5].rows[1][4], "0.0300");
  EXPECT_EQ(tables[6].rows[1][4], "–");
  EXPECT_THAT(tables[5].caption, Not(HasSubstr("of a new image's")));
}

TEST_F(NeighbourTablesTest, SimilaritiesStandBesideOthersInTheirUnit) {
  EXPECT_THAT(NeighbourTables(plan_, probed_)[7].caption, Not(HasSubstr("published figures")));
  plan_.similarity_factor = 500;
  plan_.published[0].similarity = {125, 250};
  const Table table = NeighbourTables(plan_, probed_)[7];
  EXPECT_THAT(table.rows[0], ElementsAre("a", "published", "125", "250"));
  EXPECT_THAT(table.rows[1], ElementsAre("a", "measured × 500", "100", "100"));
  EXPECT_THAT(table.rows[2], ElementsAre("a", "measured", "0.2000", "0.2000"));
  EXPECT_THAT(table.caption, HasSubstr("that mean times 500"));
}

}  // namespace
}  // namespace hourglass
