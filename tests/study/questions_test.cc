// Answers must follow the numbers: each claim is shown results that confirm it and results that refute it.
#include "hourglass/study/questions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace hourglass {
namespace {

using testing::HasSubstr;

// A run whose losses fall from .1 towards `end` by the factor `rate` an epoch.
RunResult FallingRun(int64_t d, double end, double rate = 0.8, int epochs = 50) {
  RunResult run{
      .name = "z" + std::to_string(d), .label = "d = " + std::to_string(d), .control_of = {}, .epochs = {}};
  run.code_size = d;
  run.parameters = 1000;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    const double loss = end + (0.1 - end) * std::pow(rate, epoch - 1);
    run.epochs.push_back({.epoch = epoch,
                          .train_loss = loss,
                          .held_out_loss = loss,
                          .held_out_name = "test",
                          .noisy_loss = {},
                          .learning_rate = 1e-3,
                          .seconds = 1});
  }
  run.noisy_epochs.assign(2, {});
  for (const EpochMetrics& epoch : run.epochs) {
    run.noisy_epochs[0].push_back(epoch.held_out_loss * 1.1);
    run.noisy_epochs[1].push_back(epoch.held_out_loss * 1.5);
  }
  run.train_mse = run.held_out_mse = end;
  run.noisy_mse = {end * 1.1, end * 1.5};
  return run;
}

Verdict Only(std::string_view question, const std::vector<RunResult>& results) {
  const auto verdicts = AnswerQuestion(question, {.results = results});
  EXPECT_EQ(verdicts.size(), 1U);
  return verdicts.front();
}

TEST(Questions, EpochOfNineTenthsIsWhereTheFallIsNearlyDone) {
  EXPECT_EQ(EpochOfNineTenths(FallingRun(8, 0.0, 0.5, 20).epochs), 5);  // .1, .05, .025, .0125, .00625
  EXPECT_EQ(EpochOfNineTenths(FallingRun(8, 0.1, 1.0, 20).epochs), 1);
}

TEST(Questions, FallPerEpochIsTheGeometricMean) {
  EXPECT_NEAR(FallPerEpoch(FallingRun(8, 0.0, 0.9, 20).epochs, 20, 5), 0.1, 1e-12);
  EXPECT_NEAR(FallPerEpoch(FallingRun(8, 0.1, 0.9, 20).epochs, 20, 5), 0.0, 1e-12);
}

TEST(Questions, Convergence) {
  EXPECT_EQ(Only("convergence", {FallingRun(4, 0.04, 0.5), FallingRun(8, 0.02), FallingRun(16, 0.01)}).answer,
            Answer::kConfirmed);
  const Verdict slow =
      Only("convergence", {FallingRun(4, 0.04, 0.9), FallingRun(8, 0.02), FallingRun(16, 0.01)});
  EXPECT_EQ(slow.answer, Answer::kPartly);
  EXPECT_THAT(slow.because, HasSubstr("the smallest was not first"));
  EXPECT_EQ(
      Only("convergence", {FallingRun(4, 0.01, 0.9), FallingRun(8, 0.02, 0.5), FallingRun(16, 0.02, 0.8)})
          .answer,
      Answer::kRefuted);
  EXPECT_EQ(Only("convergence", {FallingRun(8, 0.02)}).answer, Answer::kOpen);
}

TEST(Questions, WorstReconstructionGoesBySizeNotByOrder) {
  EXPECT_EQ(
      Only("worst-reconstruction", {FallingRun(16, 0.01), FallingRun(4, 0.04), FallingRun(8, 0.02)}).answer,
      Answer::kConfirmed);
  const Verdict refuted = Only("worst-reconstruction", {FallingRun(4, 0.01), FallingRun(8, 0.02)});
  EXPECT_EQ(refuted.answer, Answer::kRefuted);
  EXPECT_THAT(refuted.because, HasSubstr("d = 4: 0.0100; d = 8: 0.0200"));
}

TEST(Questions, DenoisingByBottleneck) {
  RunResult small = FallingRun(4, 0.04), large = FallingRun(8, 0.02);
  small.noisy_mse = {0.041, 0.044};
  large.noisy_mse = {0.022, 0.030};  // lower, but more of it is due to the noise
  EXPECT_EQ(Only("denoising-by-bottleneck", {small, large}).answer, Answer::kPartly);
  EXPECT_THAT(Only("denoising-by-bottleneck", {small, large}).because, HasSubstr("no farther away"));
  large.noisy_mse = {0.045, 0.050};
  EXPECT_EQ(Only("denoising-by-bottleneck", {small, large}).answer, Answer::kConfirmed);
  large.noisy_mse = {0.0202, 0.0203};
  EXPECT_EQ(Only("denoising-by-bottleneck", {small, large}).answer, Answer::kRefuted);
}

TEST(Questions, RunsThatLostHalfTheirUnitsAreNamed) {
  RunResult small = FallingRun(4, 0.04);
  const std::vector<RunResult> whole = {small, FallingRun(8, 0.02)};
  EXPECT_THAT(Only("worst-reconstruction", whole).because, testing::Not(HasSubstr("lost")));
  small.dead_units = 3;
  EXPECT_THAT(Only("worst-reconstruction", {small, FallingRun(8, 0.02)}).because,
              HasSubstr("d = 4 lost 3 of its 4 code units: it stands for a bottleneck of 1"));
}

TEST(Questions, TooLong) {
  EXPECT_EQ(Only("too-long", {FallingRun(8, 0.02)}).answer, Answer::kRefuted);
  EXPECT_EQ(Only("too-long", {FallingRun(8, 0.02, 0.8, 10)}).answer, Answer::kOpen);

  RunResult noisy_rises = FallingRun(8, 0.02);
  noisy_rises.noisy_epochs[1].back() *= 1.5;
  const Verdict partly = Only("too-long", {noisy_rises});
  EXPECT_EQ(partly.answer, Answer::kPartly);
  EXPECT_THAT(partly.because, HasSubstr("sigma 0.5 lowest in epoch 49"));

  RunResult all_rise = noisy_rises;
  all_rise.noisy_epochs[0].back() *= 1.5;
  all_rise.epochs.back().held_out_loss *= 1.02;
  EXPECT_EQ(Only("too-long", {all_rise}).answer, Answer::kConfirmed);
}

TEST(Questions, TooLongLeavesOutCurvesWithGaps) {
  RunResult run = FallingRun(8, 0.02);
  run.noisy_epochs[1].front() = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(Only("too-long", {run}).because, testing::Not(HasSubstr("sigma 0.5")));
}

TEST(Questions, TooManyParameters) {
  const RunResult run = FallingRun(8, 0.02);
  EXPECT_EQ(Only("too-many-parameters", {run}).answer, Answer::kRefuted);
  RunResult overfit = run;
  overfit.train_mse = 0.018;
  EXPECT_EQ(Only("too-many-parameters", {overfit}).answer, Answer::kConfirmed);

  RunResult control = FallingRun(8, 0.025);
  control.name = "narrow";
  control.control_of = "z8";
  control.parameters = 300;
  EXPECT_EQ(Only("too-many-parameters", {run, control}).answer, Answer::kRefuted);
  control.noisy_mse[1] = run.noisy_mse[1] * 0.9;  // the narrower one denoises better
  const Verdict partly = Only("too-many-parameters", {run, control});
  EXPECT_EQ(partly.answer, Answer::kPartly);
  EXPECT_THAT(partly.because, HasSubstr("300 instead of 1000 parameters"));

  EXPECT_EQ(Only("too-many-parameters", {FallingRun(8, 0.02, 0.8, 10)}).answer, Answer::kOpen);
  RunResult useless = run;
  useless.findings = {{.severe = true, .name = "collapsed", .what = {}, .advice = {}}};
  EXPECT_EQ(Only("too-many-parameters", {useless}).answer, Answer::kOpen);

  RunResult unlucky = run;
  unlucky.dead_units = 3;  // then it is no wonder that the control is better
  EXPECT_EQ(Only("too-many-parameters", {unlucky, control}).answer, Answer::kRefuted);
}

TEST(Questions, RateDropsAndBends) {
  RunResult run = FallingRun(8, 0.0, 0.98);
  const std::vector<int64_t> bends = {15, 40};
  auto verdicts = AnswerQuestion("rate-drops", {.results = std::span(&run, 1), .bends = bends});
  ASSERT_EQ(verdicts.size(), 3U);
  EXPECT_EQ(verdicts[0].answer, Answer::kRefuted);
  EXPECT_EQ(verdicts[1].answer, Answer::kRefuted);
  EXPECT_EQ(verdicts[2].answer, Answer::kRefuted);

  for (EpochMetrics& epoch : run.epochs) {
    if (epoch.epoch <= 15) continue;
    epoch.learning_rate = 1e-4;
    epoch.train_loss = run.epochs[14].train_loss;
  }
  verdicts = AnswerQuestion("rate-drops", {.results = std::span(&run, 1), .bends = bends});
  EXPECT_EQ(verdicts[0].answer, Answer::kConfirmed);
  EXPECT_THAT(verdicts[0].because, HasSubstr("lower rate: 16"));
  EXPECT_EQ(verdicts[1].answer, Answer::kConfirmed);
  EXPECT_THAT(verdicts[1].because, HasSubstr("the learning rate drops near it"));

  const RunResult steady = FallingRun(8, 0.0, 0.98, 20);
  verdicts = AnswerQuestion("rate-drops", {.results = std::span(&steady, 1), .bends = bends});
  EXPECT_EQ(verdicts[2].answer, Answer::kOpen);
}

TEST(Questions, EveryNamedOneCanBeAsked) {
  for (const std::string& question : QuestionNames()) {
    const RunResult run = FallingRun(8, 0.02);
    for (const Verdict& verdict : AnswerQuestion(question, {.results = std::span(&run, 1)})) {
      EXPECT_FALSE(verdict.claim.empty()) << question;
      EXPECT_FALSE(verdict.because.empty()) << question;
    }
  }
}

}  // namespace
}  // namespace hourglass
