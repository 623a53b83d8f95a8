// The answers about model selection and corruption follow the numbers: each claim is shown what confirms it
// and what refutes it.
#include "hourglass/study/selection_questions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace hourglass {
namespace {

using testing::HasSubstr;

Verdict VerdictOn(std::string_view question, const Findings& findings) {
  const auto verdicts = AnswerQuestion(question, findings);
  EXPECT_EQ(verdicts.size(), 1U);
  return verdicts.front();
}

Trial TrialOf(const std::string& optimizer, double rate, double dropout, double loss) {
  Trial trial;
  trial.config.optimizer = optimizer;
  trial.config.learning_rate = rate;
  trial.config.dropout = dropout;
  trial.values = {{"optimizer", optimizer}};
  EpochMetrics epoch;
  epoch.epoch = 1;
  epoch.held_out_loss = loss;
  trial.epochs = {epoch};
  return trial;
}

Verdict Winner(Trial best) {
  SearchResult search;
  search.trials = {TrialOf("adam", 1e-3, 0.3, 0.05), std::move(best)};
  search.best = 1;
  return VerdictOn("search-winner", {.search = &search});
}

TEST(SelectionQuestions, SearchWinner) {
  EXPECT_EQ(Winner(TrialOf("adamw", 4e-3, 0.15, 0.03)).answer, Answer::kConfirmed);
  EXPECT_EQ(Winner(TrialOf("adamw", 4e-4, 0.15, 0.03)).answer, Answer::kPartly);
  const Verdict refuted = Winner(TrialOf("sgd", 4e-4, 0.4, 0.03));
  EXPECT_EQ(refuted.answer, Answer::kRefuted);
  EXPECT_THAT(refuted.because, HasSubstr("sgd 0.0300 to 0.0300 in 1 trials"));
  EXPECT_EQ(VerdictOn("search-winner", {}).answer, Answer::kOpen);
}

// A sweep over three codes with two seeds; the means are given, the seeds `spread` around them.
Verdict Bump(const std::vector<double>& means, double spread) {
  SweepResult sweep;
  sweep.ordered = true;
  sweep.held_out_name = "val";
  sweep.task.plan.key = "code_size";
  sweep.task.plan.seeds = {0, 1};
  for (size_t i = 0; i < means.size(); ++i) {
    SweepPoint point{.value = std::to_string(2 * i + 2), .runs = {}};
    for (const double sign : {-1.0, 1.0}) {
      SweepRun run;
      run.record.status = std::isnan(means[i]) ? RunStatus::kDiverged : RunStatus::kFinished;
      EpochMetrics epoch;
      epoch.held_out_loss = means[i] + sign * spread;
      run.record.epochs = {epoch};
      point.runs.push_back(run);
    }
    SummarisePoint(point);
    sweep.points.push_back(point);
  }
  return VerdictOn("sweep-bump", {.sweep = &sweep});
}

TEST(SelectionQuestions, SweepBump) {
  EXPECT_EQ(Bump({0.03, 0.02, 0.01}, 0.001).answer, Answer::kConfirmed);
  EXPECT_EQ(Bump({0.03, 0.02, 0.0205}, 0.001).answer, Answer::kConfirmed);
  EXPECT_EQ(Bump({0.03, 0.02, 0.025}, 0.001).answer, Answer::kRefuted);
  EXPECT_EQ(VerdictOn("sweep-bump", {}).answer, Answer::kOpen);
  const Verdict nothing = Bump({std::nan(""), std::nan(""), 0.02}, 0.001);
  EXPECT_EQ(nothing.answer, Answer::kOpen) << "there is nothing to compare";
}

// Three models over gaussian noise; `mse(model, sigma)`.
template <class Mse>
std::vector<ProbedRobustness> Gaussian(const Mse& mse) {
  Robustness measured{
      .kind = CorruptionKind::kGaussian, .amounts = {}, .corrupted = {}, .wiener = {}, .models = {}};
  for (int i = 0; i <= 10; ++i) measured.amounts.push_back(i / 10.0);
  for (int model = 0; model < 3; ++model) {
    QualityCurve curve{.label = "model " + std::to_string(model), .points = {}};
    for (const double sigma : measured.amounts) curve.points.push_back({.mse = mse(model, sigma)});
    measured.models.push_back(curve);
  }
  std::vector<ProbedRobustness> probed;
  probed.push_back({std::move(measured), {}});
  return probed;
}

TEST(SelectionQuestions, ExponentialRise) {
  const auto exponential = Gaussian([](int, double x) { return 0.01 * std::exp(3 * x); });
  EXPECT_EQ(VerdictOn("exponential-rise", {.robustness = exponential}).answer, Answer::kConfirmed);
  const auto saturating = Gaussian([](int, double x) { return 0.1 - 0.09 * std::exp(-2.4 * x); });
  const Verdict slowing = VerdictOn("exponential-rise", {.robustness = saturating});
  EXPECT_EQ(slowing.answer, Answer::kRefuted);
  EXPECT_THAT(slowing.because, HasSubstr("exponential, but not one that rises ever faster"));
  const auto parabola = Gaussian([](int, double x) { return 0.01 + 0.02 * x - 0.015 * x * x; });
  EXPECT_EQ(VerdictOn("exponential-rise", {.robustness = parabola}).answer, Answer::kRefuted);
  EXPECT_EQ(VerdictOn("exponential-rise", {}).answer, Answer::kOpen);
}

TEST(SelectionQuestions, DenoisingLimit) {
  const std::vector<RunResult> runs(3);
  const auto alike = Gaussian([](int, double x) { return 0.01 + 0.01 * x; });
  EXPECT_EQ(VerdictOn("denoising-limit", {.results = runs, .robustness = alike}).answer, Answer::kRefuted);
  const auto fails = Gaussian([](int model, double) { return model == 2 ? 0.05 : 0.02; });
  EXPECT_EQ(VerdictOn("denoising-limit", {.results = runs, .robustness = fails}).answer, Answer::kConfirmed);
  EXPECT_EQ(VerdictOn("denoising-limit", {.results = runs}).answer, Answer::kOpen);
}

}  // namespace
}  // namespace hourglass
