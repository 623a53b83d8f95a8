// The answers about neighbourhoods follow the numbers: each claim is shown what confirms it and what refutes
// it.
#include "hourglass/study/neighbour_questions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/study/neighbour_tables.h"

namespace hourglass {
namespace {

using testing::HasSubstr;
using testing::Not;

NeighbourhoodScores Scores(Distance distance, double score, double trust) {
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
    at.chance = static_cast<double>(k) / 1000;
    at.trustworthiness = trust;
    at.labels.emplace();
    at.labels->input_rate = 0.9;
    at.labels->code_rate = score;
    at.labels->similarity = 0.2;
    at.labels->score_by_label = {{1, score}, {7, score}, {8, score}};
    at.labels->code_rate_by_label = {{1, 0.9}, {7, 0.8}, {8, 0.7}};
    scores.at.push_back(std::move(at));
  }
  return scores;
}

// Scores by L1 and L2 of runs "a", "b", … and of PCA at last.
class NeighbourQuestions : public testing::Test {
 protected:
  void Add(const std::string& name, double score, double held_out_mse, double trust = 0.9) {
    ScoredCode code{.name = name, .label = name, .codes = {}, .scores = {}};
    code.scores.push_back(Scores(Distance::kL1, score / 2, trust));
    code.scores.push_back(Scores(Distance::kL2, score, trust));
    probed_.distances = {Distance::kL1, Distance::kL2};
    probed_.codes.push_back(std::move(code));
    probed_.held_out.emplace_back();
    if (name == kPcaCode) return;
    RunResult result;
    result.name = name;
    result.held_out_mse = held_out_mse;
    result.pca_mse = 0.05;
    results_.push_back(std::move(result));
  }
  void Publish(const std::string& run, double score) {
    published_.push_back({.run = run,
                          .distance = Distance::kL2,
                          .score = {0, score},
                          .improvement = {},
                          .similarity = {},
                          .score_by_label = {0.111, 0.222, 0.333}});
  }
  Verdict Only(std::string_view question) {
    const auto verdicts = AnswerQuestion(
        question, {.results = results_, .neighbours = &probed_, .published_neighbours = published_});
    EXPECT_EQ(verdicts.size(), 1U);
    return verdicts.front();
  }
  ProbedNeighbours probed_;
  std::vector<RunResult> results_;
  std::vector<PublishedNeighbours> published_;
};

TEST_F(NeighbourQuestions, ContextIsKeptByScoreAndTrust) {
  Add("a", 0.06, 0.04, 0.97);
  Add("b", 0.02, 0.04);
  Add(kPcaCode, 0.9, 0);
  Verdict verdict = Only("context-kept");
  EXPECT_EQ(verdict.answer, Answer::kPartly);
  EXPECT_THAT(verdict.because, HasSubstr("a, keeps 6.0 % of an image's 20 nearest by L2, 3 times"));
  probed_.codes[0].scores[1].at[1].trustworthiness = 0.5;
  EXPECT_EQ(Only("context-kept").answer, Answer::kConfirmed);
  probed_.codes[1].scores[1].at[1].score = 0.8;
  EXPECT_EQ(Only("context-kept").answer, Answer::kRefuted);
  EXPECT_EQ(AnswerQuestion("context-kept", {}).front().answer, Answer::kOpen);
}

TEST_F(NeighbourQuestions, PcaIsRecognisedByItsErrorAndItsScore) {
  Add("a", 0.013, 0.0505);
  Add("b", 0.06, 0.0505);
  Add(kPcaCode, 0.0133, 0);
  const Verdict verdict = Only("linear-is-pca");
  EXPECT_EQ(verdict.answer, Answer::kRefuted);
  EXPECT_THAT(verdict.because, HasSubstr("a as trained here is"));
  EXPECT_THAT(verdict.because, Not(HasSubstr("b as")));
  Publish("b", 0.0135);
  EXPECT_THAT(Only("linear-is-pca").because, HasSubstr("b as published is"));
  published_.clear();
  results_[0].held_out_mse = 0.06;
  EXPECT_EQ(Only("linear-is-pca").answer, Answer::kConfirmed);
}

TEST_F(NeighbourQuestions, ClustersAreClearWhereNeighboursShareTheLabel) {
  Add("a", 0.06, 0.04);
  Verdict verdict = Only("clearest-clusters");
  EXPECT_EQ(verdict.answer, Answer::kConfirmed);
  EXPECT_THAT(verdict.because, HasSubstr("1 0.90, 7 0.80, 8 0.70"));
  auto& rates = probed_.codes[0].scores[1].at[1].labels->code_rate_by_label;
  rates[8] = 0.95;
  EXPECT_EQ(Only("clearest-clusters").answer, Answer::kPartly);
  rates[8] = 0.85;
  EXPECT_EQ(Only("clearest-clusters").answer, Answer::kPartly);
  rates[1] = 0.1;
  rates[2] = 0.99;
  EXPECT_EQ(Only("clearest-clusters").answer, Answer::kRefuted);
}

TEST_F(NeighbourQuestions, ThePublishedPenaltyIsTheOneWhoseScoresAreNear) {
  Add("a", 0.0004, 0.06);
  Add("a-decoupled", 0.07, 0.04);
  Add("b", 0.013, 0.06);
  results_[0].findings.push_back({.severe = true, .name = "collapsed", .what = "dead", .advice = ""});
  Publish("a", 0.067);
  Publish("b", 0.0137);
  const Verdict verdict = Only("published-penalty");
  EXPECT_EQ(verdict.answer, Answer::kPartly);
  EXPECT_THAT(verdict.because,
              HasSubstr("a: published 0.0670, trained as described 0.0004 (collapsed), nearest is "
                        "a-decoupled with 0.0700; b: published 0.0137, trained as described 0.0130"));
  probed_.codes[0].scores[1].at[1].score = 0.066;
  EXPECT_EQ(Only("published-penalty").answer, Answer::kConfirmed);
  published_.clear();
  EXPECT_EQ(Only("published-penalty").answer, Answer::kOpen);
}

TEST_F(NeighbourQuestions, TablesHavePublishedBesideMeasuredAndPcaInEach) {
  Add("a", 0.06, 0.04);
  Add(kPcaCode, 0.013, 0);
  Publish("a", 0.067);
  NeighboursPlan plan{.runs = {"a"}, .at = {5, 20}, .published = published_};
  const std::vector<Table> tables = NeighbourTables(plan, probed_);
  ASSERT_EQ(tables.size(), 2U * 5 + 1);
  for (const Table& table : tables) {
    EXPECT_TRUE(table.rows.back().front() == "any code" || table.rows.back().front() == kPcaCode);
    EXPECT_THAT(table.caption, HasSubstr("5 / 20 nearest in pixels a share of 0.900 / 0.900"));
    for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.header.size());
  }
  const auto by_l2 = std::span(tables).subspan(5);
  EXPECT_THAT(by_l2[0].rows[0], testing::ElementsAre("a", "published", "0.0000", "0.0670"));
  EXPECT_EQ(by_l2[0].rows[1][3], "0.0600");
  EXPECT_THAT(by_l2[1].rows[0], testing::ElementsAre("a", "published", "–", "–"));
  EXPECT_EQ(by_l2[2].rows[1][2], "6000");  // .2 × 30,000
  EXPECT_EQ(by_l2[3].rows[0][2], "0.0600");
  EXPECT_EQ(by_l2[4].rows[0][4], "0.1234 ± 0.0000");
  EXPECT_THAT(by_l2[4].caption, HasSubstr("of all k up to 999, from 500 images"));
  EXPECT_THAT(by_l2[5].rows[0], testing::ElementsAre("a", "published", "0.1110", "0.2220", "0.3330"));
}

}  // namespace
}  // namespace hourglass
