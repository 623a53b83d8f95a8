#include "hourglass/analysis/curve_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace hourglass {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::vector<double> kX = {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};

std::vector<CurveFit> FitsOf(const std::function<double(double)>& curve, const std::vector<double>& x = kX) {
  std::vector<double> y;
  for (const double value : x) y.push_back(curve(value));
  return FitCurves(x, y);
}

TEST(CurveFit, FindsTheCurveThatMadeThePoints) {
  const auto line = FitsOf([](double x) { return 3 * x - 1; })[0];
  EXPECT_NEAR(line.coefficients[0], 3, 1e-9);
  EXPECT_NEAR(line.coefficients[1], -1, 1e-9);
  EXPECT_NEAR(line.r_squared, 1, 1e-12);
  const auto parabola = FitsOf([](double x) { return 2 * x * x - 3 * x + 0.5; });
  EXPECT_NEAR(parabola[1].coefficients[0], 2, 1e-9);
  EXPECT_NEAR(parabola[1].coefficients[1], -3, 1e-9);
  EXPECT_NEAR(parabola[1].coefficients[2], 0.5, 1e-9);
  EXPECT_EQ(BestFit(parabola)->form, CurveForm::kParabola);
}

TEST(CurveFit, FindsExponentialsThatRiseAndThatLevelOff) {
  const double all[][3] = {{0.02, 1.7, 0.01}, {-0.3, -4, 0.4}, {1e-6, 12, 0.1}, {5, -0.2, -4}, {0.5, 8, 3}};
  for (const auto& row : all) {
    const double a = row[0], b = row[1], c = row[2];
    // Also away from 0.
    for (const double shift : {0.0, 2.0}) {
      std::vector<double> x = kX;
      for (double& value : x) value += shift;
      const auto fits = FitsOf([&](double value) { return a * std::exp(b * (value - shift)) + c; }, x);
      const CurveFit& fit = fits[2];
      EXPECT_NEAR(fit.coefficients[1], b, 1e-5 * std::abs(b)) << a << " " << b;
      EXPECT_NEAR(fit.coefficients[0] * std::exp(b * shift), a, 1e-4 * std::abs(a));
      EXPECT_NEAR(fit.coefficients[2], c, 1e-4 * std::abs(c));
      EXPECT_GT(fit.r_squared, 1 - 1e-9);
      EXPECT_EQ(BestFit(fits)->form, CurveForm::kExponential);
    }
  }
}

// Points so far from x = 0, relative to their range, that the steeper exponentials overflow.
TEST(CurveFit, FindsExponentialsFarFromZero) {
  const double all[][3] = {{1, 20, 0}, {0.02, 120, 0.01}, {-0.3, -250, 0.4}};
  for (const auto& row : all) {
    const double a = row[0], b = row[1], c = row[2];
    for (const double start : {0.5, -0.5}) {
      const std::vector<double> x = {start, start + 0.005, start + 0.01, start + 0.015};
      const auto fits = FitsOf([&](double value) { return a * std::exp(b * (value - start)) + c; }, x);
      ASSERT_THAT(fits, SizeIs(3));
      EXPECT_NEAR(fits[2].coefficients[1], b, 1e-4 * std::abs(b));
      EXPECT_NEAR(fits[2].coefficients[0] * std::exp(b * start), a, 1e-4 * std::abs(a));
      EXPECT_NEAR(fits[2].coefficients[2], c, 1e-4);
      EXPECT_GT(fits[2].r_squared, 1 - 1e-9);
      EXPECT_EQ(BestFit(fits)->form, CurveForm::kExponential);
    }
  }
}

// The points are steeper than any finite curve; expects the nearest finite one.
TEST(CurveFit, ExponentialsBeyondTheRangeOfDoubleStayFinite) {
  for (const double steepness : {25.0, -25.0}) {
    for (const double start : {1000.0, -1000.0}) {
      const auto fits = FitsOf([&](double x) { return std::exp(steepness * (x - start)); },
                               {start, start + 0.25, start + 0.5, start + 0.75, start + 1});
      ASSERT_THAT(fits, SizeIs(3));
      for (const double coefficient : fits[2].coefficients) EXPECT_TRUE(std::isfinite(coefficient));
      EXPECT_GT(fits[2].r_squared, 0.2);
      EXPECT_LE(fits[2].r_squared, 1);
    }
  }
}

TEST(CurveFit, AnExponentialThatNoDoubleHoldsIsLeftOut) {
  const auto fits = FitsOf([](double x) { return x - 1e6; }, {1e6, 1e6 + 0.25, 1e6 + 0.5, 1e6 + 0.75});
  ASSERT_THAT(fits, SizeIs(2));
  EXPECT_EQ(fits.back().form, CurveForm::kParabola);
}

// Computed by hand: the residuals are -0.1, 0.3, -0.3 and 0.1.
TEST(CurveFit, RSquaredIsTheExplainedShare) {
  const std::vector<double> x = {0, 1, 2, 3}, y = {0, 1, 1, 2};  // the line 0.6 x + 0.1
  const auto fits = FitCurves(x, y);
  EXPECT_NEAR(fits[0].coefficients[0], 0.6, 1e-12);
  EXPECT_NEAR(fits[0].r_squared, 1 - 0.2 / 2, 1e-12);
}

TEST(CurveFit, TooFewPointsFitNothing) {
  EXPECT_THAT(FitsOf([](double x) { return x; }, {}), IsEmpty());
  EXPECT_THAT(FitsOf([](double x) { return x; }, {0, 1}), IsEmpty());
  EXPECT_THAT(FitsOf([](double x) { return x; }, {0, 1, 2}), SizeIs(1));
  EXPECT_THAT(FitsOf([](double x) { return x; }, {1, 1, 1, 1, 1}), IsEmpty());
  EXPECT_EQ(BestFit({}), nullptr);
}

// Points on a line are not exponential, but the nearest exponential is finite. Equal points have no R².
TEST(CurveFit, DegeneratePointsStayFinite) {
  const auto line = FitsOf([](double x) { return 2 * x; });
  for (const double coefficient : line[2].coefficients) EXPECT_TRUE(std::isfinite(coefficient));
  EXPECT_GT(line[2].r_squared, 0.999);
  EXPECT_EQ(BestFit(line)->form, CurveForm::kLine);
  const auto equal = FitsOf([](double) { return 0.3; });
  EXPECT_TRUE(std::isnan(equal[0].r_squared));
  EXPECT_NEAR(equal[2].At(0.5), 0.3, 1e-9);
  EXPECT_TRUE(ToJson(equal[0])["r_squared"].is_null());
}

TEST(CurveFit, FormulasReadWell) {
  EXPECT_EQ((CurveFit{CurveForm::kLine, {0.25, -1.5}, 1}.Formula()), "0.25·x − 1.5");
  EXPECT_EQ((CurveFit{CurveForm::kParabola, {1, -2, 3}, 1}.Formula()), "1·x² − 2·x + 3");
  EXPECT_EQ((CurveFit{CurveForm::kExponential, {0.5, 2, 0.125}, 1}.Formula()), "0.5·exp(2·x) + 0.125");
}

}  // namespace
}  // namespace hourglass
