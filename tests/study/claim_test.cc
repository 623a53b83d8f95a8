// Each claim test gets measures that confirm it, refute it, and decide nothing.
#include "hourglass/study/claim.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "hourglass/core/error.h"
#include "hourglass/study/checks/checks.h"
#include "hourglass/study/checks/comparison.h"
#include "hourglass/study/detail/read_claim.h"
#include "hourglass/study/neighbour_probe.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

MeasuredCurve OverEpochs(std::vector<double> y) {
  MeasuredCurve curve{.over = "epoch", .x = {}, .y = std::move(y)};
  for (size_t i = 1; i <= curve.y.size(); ++i) curve.x.push_back(static_cast<double>(i));
  return curve;
}

MeasuredCurve Made(size_t count, const std::function<double(double)>& y) {
  MeasuredCurve curve{.over = "amount", .x = {}, .y = {}};
  for (size_t i = 0; i < count; ++i) {
    curve.x.push_back(static_cast<double>(i) / 10);
    curve.y.push_back(y(curve.x.back()));
  }
  return curve;
}

// Numbers, samples, texts and curves of two runs "a" and "b" with the labels "A" and "B".
class Claims : public testing::Test {
 protected:
  Claims() {
    Number("a.mse", 0.040);
    Number("a.near", 0.0404);
    Number("b.mse", 0.020);
    Number("b.lost", kNan);
    Number("a.zero", 0);
    Text("a.optimizer", "adamw");
    Add("a.loss", OverEpochs({.10, .08, .06, .05, .05, .05, .05, .05}));
    Add("b.loss", OverEpochs({.10, .09, .08, .07, .06, .05, .04, .045}));
    Add("b.gap", OverEpochs({.10, kNan, .08}));
    Add("a.seeds", MeasuredSample{{.0100, .0102, .0104}});
    Add("b.seeds", MeasuredSample{{.01045, .01065, .01085}});  // 2.8 standard errors higher: p = 0.051
    Add("c.seeds", MeasuredSample{{.0200, .0202, .0204}});
    Add("c.one", MeasuredSample{{.0200}});
    for (const char* run : {"a", "b"}) {
      Text(fmt::format("{}.failure", run), kNoFailure);
      Number(fmt::format("{}.dead_units", run), 1);
      Number(fmt::format("{}.code_size", run), 4);
    }
  }
  void Number(const std::string& name, double value) { Add(name, value); }
  void Text(const std::string& name, const std::string& text) { Add(name, text); }
  template <class Value>
  void Add(const std::string& name, Value value) {
    measures_.Add({.name = name,
                   .of = name.substr(0, 1) == "a" ? "A" : "B",
                   .what = name.substr(2),
                   .value = std::move(value)});
  }
  // The verdicts on a claim with these additional lines.
  std::vector<ClaimVerdict> All(const std::string& lines) {
    const toml::table table = ParseToml("text = \"It is so\"\n" + lines, "mine.toml");
    std::vector<ClaimVerdict> verdicts;
    for (const Claim& claim : ReadClaim(table, measures_, {{"a", "A"}, {"b", "B"}}, "mine.toml")) {
      verdicts.push_back(JudgeClaim(claim, measures_));
    }
    return verdicts;
  }
  ClaimVerdict Only(const std::string& lines) {
    const auto verdicts = All(lines);
    EXPECT_EQ(verdicts.size(), 1U);
    return verdicts.front();
  }
  // For a claim with one check.
  ClaimVerdict Check(const std::string& check) { return Only("checks = [{ " + check + " }]"); }
  void ExpectRefused(const std::string& lines, const std::string& message) {
    try {
      All(lines);
      ADD_FAILURE() << "no Error: " << lines;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_THAT(error.what(), AllOf(HasSubstr("mine.toml:"), HasSubstr(message)));
    }
  }

  Measures measures_;
};

TEST_F(Claims, MoreAndLessCompareNumbers) {
  const ClaimVerdict verdict = Check(R"(test = "more", measure = "a.mse", than = ["b.mse", 0.03])");
  EXPECT_EQ(verdict.answer, ClaimAnswer::kConfirmed);
  EXPECT_EQ(verdict.because, "mse: 0.04 (A) is more than 0.02 (B; +100 %), 0.03 (+33.3 %)");
  const ClaimVerdict refuted = Check(R"(test = "more", measure = "a.mse", than = ["b.mse", 0.05])");
  EXPECT_EQ(refuted.answer, ClaimAnswer::kRefuted);
  EXPECT_THAT(refuted.because, HasSubstr("is more than 0.02 (B; +100 %) and not more than 0.05"));
  EXPECT_EQ(Check(R"(test = "less", measure = "b.mse", than = "a.mse")").answer, ClaimAnswer::kConfirmed);
  EXPECT_EQ(Check(R"(test = "less", measure = "a.mse", than = "b.mse")").answer, ClaimAnswer::kRefuted);
  EXPECT_EQ(Check(R"(test = "less", measure = "a.mse", than = "a.mse")").answer, ClaimAnswer::kRefuted);
  const ClaimVerdict list = Check(R"(test = "less", measure = ["a.mse", "b.mse"], than = 0.03)");
  EXPECT_EQ(list.because, "mse: 0.02 (B) is less than 0.03, mse: 0.04 (A) is not less than 0.03");
  const ClaimVerdict far = Check(R"(test = "more", measure = "a.mse", than = [0.001, -0.001])");
  EXPECT_EQ(far.because, "mse: 0.04 (A) is more than 0.001 (40 times), -0.001 (+4100 %)");
}

TEST_F(Claims, MoreByAShareAndWithinATolerance) {
  EXPECT_EQ(Check(R"(test = "more", measure = "a.mse", than = "b.mse", by = 0.9)").answer,
            ClaimAnswer::kConfirmed);
  EXPECT_EQ(Check(R"(test = "less", measure = "b.mse", than = "a.mse", by = 0.4)").because,
            "mse: 0.02 (B) is more than 40 % below 0.04 (A; -50 %)");
  EXPECT_EQ(Check(R"(test = "more", measure = "a.mse", than = "b.mse", by = 1.1)").answer,
            ClaimAnswer::kRefuted);
  EXPECT_EQ(Check(R"(test = "less", measure = "b.mse", than = "a.mse", by = 0.4)").answer,
            ClaimAnswer::kConfirmed);
  const ClaimVerdict close = Check(R"(test = "more", measure = "a.near", than = "a.mse", tolerance = 0.03)");
  EXPECT_EQ(close.answer, ClaimAnswer::kOpen);
  EXPECT_THAT(close.because, HasSubstr("is not clearly more than"));
  EXPECT_EQ(Check(R"(test = "more", measure = "a.near", than = "a.mse")").answer, ClaimAnswer::kConfirmed);
}

// 2.8 standard errors of three seeds per side are not a significant difference.
TEST_F(Claims, SeedsAreComparedByWelch) {
  const ClaimVerdict close = Check(R"(test = "more", measure = "b.seeds", than = "a.seeds")");
  EXPECT_EQ(close.answer, ClaimAnswer::kOpen);
  EXPECT_THAT(close.because, HasSubstr("Welch's p = 0.051"));
  EXPECT_EQ(Check(R"(test = "more", measure = "c.seeds", than = "a.seeds")").answer, ClaimAnswer::kConfirmed);
  EXPECT_EQ(Check(R"(test = "more", measure = "a.seeds", than = "c.seeds")").answer, ClaimAnswer::kRefuted);
  EXPECT_EQ(Check(R"(test = "more", measure = "c.one", than = "a.seeds")").answer, ClaimAnswer::kConfirmed)
      << "a single value has no test";
}

TEST_F(Claims, WithinSeedsJudgesOnlyTheRisesThatItNames) {
  const ClaimVerdict verdict = Check(R"(test = "within_seeds", measure = "b.seeds", than = "a.seeds")");
  EXPECT_EQ(verdict.answer, ClaimAnswer::kConfirmed);
  EXPECT_THAT(verdict.because, AllOf(HasSubstr("p = 0.051"), HasSubstr("no more than seeds alone explain")));
  EXPECT_EQ(Check(R"(test = "within_seeds", measure = "c.seeds", than = "b.seeds")").answer,
            ClaimAnswer::kRefuted);
  EXPECT_EQ(Check(R"(test = "within_seeds", measure = "a.seeds", than = "c.seeds")").answer,
            ClaimAnswer::kConfirmed);
  EXPECT_EQ(Check(R"(test = "within_seeds", measure = "c.one", than = "a.seeds")").answer,
            ClaimAnswer::kOpen);
}

// One of two comparisons may succeed by chance, so both p-values count.
TEST_F(Claims, SeveralComparisonsAreCorrectedByHolm) {
  Add("d.seeds", MeasuredSample{{.0105, .0107, .0109}});  // p = 0.038 alone
  EXPECT_EQ(Check(R"(test = "within_seeds", measure = "d.seeds", than = "a.seeds")").answer,
            ClaimAnswer::kRefuted);
  EXPECT_EQ(Check(R"(test = "within_seeds", measure = "d.seeds", than = ["a.seeds", "b.seeds"])").answer,
            ClaimAnswer::kConfirmed);
}

TEST_F(Claims, Equals) {
  EXPECT_EQ(Check(R"(test = "equals", measure = "a.optimizer", to = "adamw")").answer,
            ClaimAnswer::kConfirmed);
  const ClaimVerdict other = Check(R"(test = "equals", measure = "a.optimizer", to = "adam")");
  EXPECT_EQ(other.answer, ClaimAnswer::kRefuted);
  EXPECT_EQ(other.because, "optimizer: adamw (A), not adam");
  EXPECT_EQ(Check(R"(test = "equals", measure = "a.mse", to = 0.05, within = 0.011)").answer,
            ClaimAnswer::kConfirmed);
  EXPECT_EQ(Check(R"(test = "equals", measure = "a.mse", to = 0.05, within = 0.009)").answer,
            ClaimAnswer::kRefuted);
  EXPECT_EQ(Check(R"(test = "equals", measure = "b.mse", to = "a.mse", factor = 2)").answer,
            ClaimAnswer::kConfirmed);
  EXPECT_EQ(Check(R"(test = "equals", measure = "b.mse", to = "a.mse", factor = 1.9)").answer,
            ClaimAnswer::kRefuted);
  EXPECT_EQ(Check(R"(test = "equals", measure = "a.zero", to = "a.mse", factor = 9)").answer,
            ClaimAnswer::kRefuted);
  EXPECT_EQ(
      Check(R"(test = "equals", measure = ["a.mse", "b.mse"], to = [0.04, 0.03], factor = [1, 1.6])").answer,
      ClaimAnswer::kConfirmed);
  EXPECT_EQ(
      Check(R"(test = "equals", not = true, measure = ["a.mse", "b.mse"], to = [0.04, 0.03], factor = 1.2)")
          .answer,
      ClaimAnswer::kConfirmed);
}

TEST_F(Claims, Nearest) {
  const ClaimVerdict verdict =
      Check(R"(test = "nearest", measure = "a.near", to = "a.mse", among = ["b.mse"])");
  EXPECT_EQ(verdict.answer, ClaimAnswer::kConfirmed);
  EXPECT_EQ(verdict.because, "near: 0.0404 (A) is nearer to mse: 0.04 (A) than 0.02 (B)");
  EXPECT_EQ(Check(R"(test = "nearest", measure = "a.near", to = "b.mse", among = "a.mse")").answer,
            ClaimAnswer::kRefuted);
}

TEST_F(Claims, Ordered) {
  EXPECT_EQ(Check(R"(test = "ordered", measure = ["b.mse", "a.mse", "a.near"])").answer,
            ClaimAnswer::kConfirmed);
  EXPECT_EQ(Check(R"(test = "ordered", measure = ["a.near", "a.mse", "b.mse"], order = "falling")").answer,
            ClaimAnswer::kConfirmed);
  const ClaimVerdict refuted = Check(R"(test = "ordered", measure = ["a.mse", "b.mse"])");
  EXPECT_EQ(refuted.answer, ClaimAnswer::kRefuted);
  EXPECT_EQ(refuted.because, "mse: 0.04 (A), 0.02 (B) are not rising from each to the next");
  EXPECT_EQ(Check(R"(test = "ordered", measure = ["b.mse", "a.mse", "a.near"], tolerance = 0.03)").answer,
            ClaimAnswer::kOpen);
  EXPECT_EQ(Check(R"(test = "ordered", measure = ["a.mse", "a.near", "b.mse"], tolerance = 0.03)").answer,
            ClaimAnswer::kRefuted)
      << "one clear fall decides";
}

TEST_F(Claims, Rises) {
  const ClaimVerdict verdict = Check(R"(test = "rises", curve = "b.loss", by = 0.1)");
  EXPECT_EQ(verdict.answer, ClaimAnswer::kConfirmed);
  EXPECT_THAT(
      verdict.because,
      HasSubstr(
          "rises by more than 10 % after its lowest point: 0.04 in epoch 7, 0.045 at the end (+12.5 %)"));
  EXPECT_EQ(Check(R"(test = "rises", curve = "b.loss", by = 0.2)").answer, ClaimAnswer::kRefuted);
  EXPECT_EQ(Check(R"(test = "rises", curve = "a.loss")").answer, ClaimAnswer::kRefuted);
  const ClaimVerdict gap = Check(R"(test = "rises", curve = "b.gap")");
  EXPECT_EQ(gap.answer, ClaimAnswer::kOpen);
  EXPECT_EQ(gap.because, "b.gap was not measured");
}

TEST_F(Claims, Drops) {
  Add("a.lr", OverEpochs({1e-3, 1e-3, 1e-3, 1e-4, 1e-4, 1e-4}));
  EXPECT_EQ(Check(R"(test = "drops", curve = "a.lr")").answer, ClaimAnswer::kConfirmed);
  EXPECT_THAT(Check(R"(test = "drops", curve = "a.lr")").because,
              HasSubstr("lr drops in epoch 4, to 0.0001"));
  EXPECT_EQ(Check(R"(test = "drops", curve = "a.lr", at = 6, window = 2)").answer, ClaimAnswer::kConfirmed);
  EXPECT_EQ(Check(R"(test = "drops", curve = "a.lr", at = 6, window = 1)").answer, ClaimAnswer::kRefuted);
  Add("b.lr", OverEpochs({1e-3, 1e-3}));
  const ClaimVerdict never = Check(R"(test = "drops", curve = "b.lr")");
  EXPECT_EQ(never.answer, ClaimAnswer::kRefuted);
  EXPECT_EQ(never.because, "lr never drops in 2 epochs (B)");
}

TEST_F(Claims, Bends) {
  EXPECT_EQ(Check(R"(test = "bends", curve = "a.loss", at = 4, window = 3)").answer, ClaimAnswer::kConfirmed);
  Add("a.steady", OverEpochs({1, .9, .81, .729, .6561}));
  const ClaimVerdict steady = Check(R"(test = "bends", curve = "a.steady", at = 3, window = 2)");
  EXPECT_EQ(steady.answer, ClaimAnswer::kRefuted);
  EXPECT_THAT(steady.because,
              HasSubstr("falls by 10.00 % per epoch in the 2 epochs before 3 and by 10.00 %"));
  EXPECT_EQ(Check(R"(test = "bends", curve = "a.steady", at = 4, window = 2)").answer, ClaimAnswer::kOpen);
}

TEST_F(Claims, Fits) {
  Add("a.exp", Made(11, [](double x) { return 0.01 * std::exp(3 * x); }));
  Add("a.slowing", Made(11, [](double x) { return 0.1 - 0.09 * std::exp(-2.4 * x); }));
  Add("a.parabola", Made(11, [](double x) { return 0.01 + 0.02 * x - 0.015 * x * x; }));
  Add("a.short", Made(3, [](double x) { return x; }));
  EXPECT_EQ(Check(R"(test = "fits", curve = "a.exp", form = "exponential", shape = "ever faster")").answer,
            ClaimAnswer::kConfirmed);
  const ClaimVerdict slowing =
      Check(R"(test = "fits", curve = "a.slowing", form = "exponential", shape = "ever faster")");
  EXPECT_EQ(slowing.answer, ClaimAnswer::kRefuted);
  EXPECT_THAT(slowing.because, HasSubstr("exponential, but not one that rises ever faster"));
  EXPECT_EQ(Check(R"(test = "fits", curve = "a.slowing", form = "exponential")").answer,
            ClaimAnswer::kConfirmed);
  EXPECT_EQ(Check(R"(test = "fits", curve = "a.parabola", form = "exponential")").answer,
            ClaimAnswer::kRefuted);
  EXPECT_EQ(Check(R"(test = "fits", curve = "a.short", form = "parabola")").answer, ClaimAnswer::kOpen);
}

TEST_F(Claims, TopLooksAtTheCurveOfTheLargestMean) {
  Add("a.rate", MeasuredCurve{.over = "label", .x = {1, 7, 8}, .y = {.9, .8, .7}});
  Add("b.rate", MeasuredCurve{.over = "label", .x = {1, 7, 8}, .y = {.1, .2, .3}});
  const ClaimVerdict verdict = Check(R"(test = "top", curve = ["a.rate", "b.rate"], at = 7, among = 2)");
  EXPECT_EQ(verdict.answer, ClaimAnswer::kConfirmed);
  EXPECT_EQ(verdict.because, "label 7 with 0.800 is among the 2 largest of rate (A): 1 0.900, 7 0.800");
  EXPECT_EQ(Check(R"(test = "top", curve = "*.rate", at = 8, among = 2)").answer, ClaimAnswer::kRefuted);
  EXPECT_EQ(Check(R"(test = "top", curve = "a.rate", at = 5)").answer, ClaimAnswer::kOpen);
}

TEST_F(Claims, SeveralChecksGiveOneAnswer) {
  const std::string yes = R"({ test = "more", measure = "a.mse", than = "b.mse" })";
  const std::string no = R"({ test = "less", measure = "a.mse", than = "b.mse" })";
  const std::string unknown = R"({ test = "more", measure = "b.lost", than = "a.mse" })";
  const auto answer = [&](const std::vector<std::string>& checks, const std::string& more = "") {
    return Only(fmt::format("checks = [{}]\n{}", fmt::join(checks, ", "), more)).answer;
  };
  EXPECT_EQ(answer({yes, yes}), ClaimAnswer::kConfirmed);
  EXPECT_EQ(answer({no, no}), ClaimAnswer::kRefuted);
  EXPECT_EQ(answer({yes, no}), ClaimAnswer::kPartly);
  EXPECT_EQ(answer({unknown}), ClaimAnswer::kOpen);
  EXPECT_EQ(answer({yes, unknown}), ClaimAnswer::kPartly);
  EXPECT_EQ(answer({no, unknown}), ClaimAnswer::kRefuted);
  EXPECT_EQ(answer({yes, no}, "every = true"), ClaimAnswer::kRefuted);
  EXPECT_EQ(answer({yes, unknown}, "every = true"), ClaimAnswer::kOpen);
}

TEST_F(Claims, OnlyTheNumbersThatDecideAreNamed) {
  EXPECT_EQ(Only(R"(every = true
checks = [
  { test = "more", measure = "a.mse", than = 0 },
  { test = "more", measure = "b.mse", than = 1 },
])")
                .because,
            "mse: 0.02 (B) is not more than 1");
  EXPECT_EQ(Check(R"(test = "equals", measure = ["a.mse", "b.mse"], to = [0.04, 0.03])").because,
            "mse: 0.02 (B) does not equal 0.03");
}

TEST_F(Claims, OnlyIfLeavesAClaimOrACheckOpen) {
  const std::string check = R"(test = "more", measure = "a.mse", than = "b.mse")";
  const ClaimVerdict open = Only("checks = [{ " + check +
                                 R"( }]
only_if = [{ test = "more", measure = "b.dead_units", than = 1 }])");
  EXPECT_EQ(open.answer, ClaimAnswer::kOpen);
  EXPECT_EQ(open.because, "cannot be judged, because dead_units: 1 (B) is not more than 1");
  const ClaimVerdict of_check =
      Check(check + R"(, only_if = [{ test = "more", measure = "b.dead_units", than = 1 }])");
  EXPECT_EQ(of_check.answer, ClaimAnswer::kOpen);
  EXPECT_THAT(of_check.because, HasSubstr("but that decides nothing, because dead_units"));
}

TEST_F(Claims, RunsGiveAClaimOrACheckEach) {
  const auto verdicts = All(R"(runs = ["a", "b"]
checks = [{ test = "more", measure = "{run}.mse", than = 0.03 }])");
  ASSERT_EQ(verdicts.size(), 2U);
  EXPECT_EQ(verdicts[0].answer, ClaimAnswer::kConfirmed);
  EXPECT_EQ(verdicts[1].answer, ClaimAnswer::kRefuted);
  EXPECT_EQ(Check(R"(runs = ["a", "b"], test = "more", measure = "{run}.mse", than = 0.03)").answer,
            ClaimAnswer::kPartly);
  EXPECT_EQ(Check(R"(test = "more", measure = "*.mse", than = 0.01)").answer, ClaimAnswer::kConfirmed);
}

TEST_F(Claims, ShownMeasuresAndFailedRunsAreNamed) {
  EXPECT_EQ(
      Only(R"(checks = [{ test = "more", measure = "a.mse", than = 0 }]
show = ["b.mse", "b.seeds", "b.lost"])")
          .because,
      "mse: 0.04 (A) is more than 0. For comparison, mse: 0.02 (B); seeds: mean 0.01065 of 3 seeds (B)");
  Measures failed;
  for (NamedValue measure : measures_.all()) {
    if (measure.name == "a.failure") measure.value = "collapsed";
    if (measure.name == "b.dead_units") measure.value = 2.0;
    failed.Add(measure);
  }
  measures_ = failed;
  EXPECT_THAT(
      Check(R"(test = "more", measure = "a.mse", than = "b.mse")").because,
      AllOf(HasSubstr("Note that A failed: collapsed"), HasSubstr("Note that B lost 2 of its 4 code units")));
  EXPECT_THAT(Check(R"(test = "more", measure = "c.seeds", than = "c.one")").because,
              Not(HasSubstr("Note that")));
}

TEST_F(Claims, BadClaimsAreRefusedWithTheirLine) {
  const auto check = [](const std::string& text) { return "checks = [{ " + text + " }]"; };
  ExpectRefused("", "the claim has no checks");
  ExpectRefused(check(R"(test = "mor", measure = "a.mse", than = 1)"), "did you mean 'more'");
  ExpectRefused(check(R"(test = "more", measure = "a.msee", than = 1)"), "did you mean 'a.mse'");
  ExpectRefused(check(R"(test = "more", measure = "a.loss:las", than = 1)"), "did you mean 'a.loss:last'");
  ExpectRefused(check(R"(test = "more", measure = "a.loss", than = 1)"), "a.loss is a curve, not a number");
  ExpectRefused(check(R"(test = "more", measure = "a.optimizer", than = 1)"), "a.optimizer is a text");
  ExpectRefused(check(R"(test = "rises", curve = "a.mse")"), "a.mse is not a curve");
  ExpectRefused(check(R"(test = "more", measure = "a.mse")"), "'than' is missing");
  ExpectRefused(check(R"(test = "more", measure = [], than = 1)"), "'measure' is empty");
  ExpectRefused(check(R"(test = "more", measure = "a.mse", than = true)"), "bad value for 'than'");
  ExpectRefused(check(R"(test = "more", measure = "a.mse", than = 1, by = -1)"), "a number of 0 or more");
  ExpectRefused(check(R"(test = "more", measure = "a.mse", than = 1, bye = 1)"), "did you mean 'by'");
  ExpectRefused(check(R"(test = "equals", measure = ["a.mse", "b.mse"], to = [1, 2, 3])"), "unequal length");
  ExpectRefused(check(R"(test = "equals", measure = "a.mse", to = 1, within = 1, factor = 2)"),
                "two tolerances");
  ExpectRefused(check(R"(test = "equals", measure = "a.mse", to = 1, factor = [1, 2])"), "a list of 1");
  ExpectRefused(check(R"(test = "ordered", measure = "*.mse", order = "up")"), "unknown order 'up'");
  ExpectRefused(check(R"(test = "bends", curve = "a.loss")"), "'at' is missing");
  ExpectRefused(check(R"(test = "top", curve = "a.loss")"), "'at' is missing");
  ExpectRefused(check(R"(test = "fits", curve = ["a.loss", "b.loss"])"), "one curve is needed");
  ExpectRefused(check(R"(test = "more", measure = "a.mse", than = 1)") + "\nshow = [\"a.mes\"]", "'a.mse'");
  ExpectRefused(check(R"(test = "more", measure = "{run}.mse", than = 1)") + "\nruns = [\"d\"]",
                "unknown run 'd'");
  ExpectRefused(check(R"(test = "more", measure = "a.mse", than = 1, only_if = [{ test = "x" }])"),
                "unknown test 'x'");
}

TEST(Measures, CurvesAreReducedByName) {
  Measures measures;
  measures.Add({.name = "a.loss",
                .of = "A",
                .what = "loss",
                .value = OverEpochs({.1, .05, .025, .0125, .00625, .003125, .0015, .002})});
  const auto number = [&](const std::string& name) { return NumberOf(*measures.Find("a.loss:" + name)); };
  EXPECT_EQ(number("first"), .1);
  EXPECT_EQ(number("last"), .002);
  EXPECT_EQ(number("lowest"), .0015);
  EXPECT_EQ(number("highest"), .1);
  EXPECT_EQ(number("lowest_at"), 7);
  EXPECT_EQ(number("flat_at"), 5);
  EXPECT_NEAR(number("fall"), 1 - std::pow(.002 / .025, .2), 1e-12);
  EXPECT_EQ(measures.Find("a.loss:flat_at")->what, "epoch at which the loss reaches 90 % of its total fall");
  EXPECT_FALSE(measures.Find("a.loss:middle"));
  EXPECT_FALSE(measures.Find("a.los:last"));
  EXPECT_EQ(measures.names().size(), 1 + ReducerNames().size());
}

TEST(Measures, OneSerializerWritesAllTypes) {
  Measures measures;
  measures.Add({.name = "n", .of = "", .what = "", .value = 2.5});
  measures.Add({.name = "n", .of = "", .what = "", .value = 3.5});  // the first of equal names stays
  measures.Add({.name = "nan", .of = "", .what = "", .value = kNan});
  measures.Add({.name = "t", .of = "", .what = "", .value = "adam"});
  measures.Add({.name = "s", .of = "", .what = "", .value = MeasuredSample{{1, 2}}});
  measures.Add({.name = "c", .of = "", .what = "", .value = OverEpochs({4, kNan})});
  EXPECT_EQ(
      ToJson(measures).dump(),
      R"({"n":2.5,"nan":null,"t":"adam","s":[1.0,2.0],"c":{"over":"epoch","x":[1.0,2.0],"y":[4.0,null]}})");
}

TEST(Checks, UnknownNamesAreUsageErrors) {
  const ScoredCode code{.name = "a", .label = "A", .codes = {}, .scores = {}};
  test::ExpectUsageErrors({{"did you mean 'rises'", [] { FindCheckKind("rise"); }},
                           {"no measure 'b.mse'", [] { Get(Measures(), Operand("b.mse")); }},
                           {"a has no scores by L1", [&] { ScoresOf(code, Distance::kL1, 5); }}});
}

}  // namespace
}  // namespace hourglass
