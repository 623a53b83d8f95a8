// Expected values: scipy 1.17.1, scipy.special.betainc and scipy.stats.ttest_ind(a, b, equal_var=False).
#include "hourglass/analysis/significance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace hourglass {
namespace {

TEST(Significance, RegularizedIncompleteBeta) {
  const struct {
    double a, b, x, expected;
  } cases[] = {{1, 0.5, 0.3, 0.16333997346592444},
               {2, 0.5, 0.9, 0.5414697392755851},
               {0.5, 0.5, 0.5, 0.5},
               {2.5, 0.5, 0.01, 3.4075027649461746e-06},
               {10, 0.5, 0.99, 0.6579281751567845},
               {200, 0.5, 0.95, 5.988736552439284e-06},
               {5000, 0.5, 0.999, 0.0015615791602892836},
               {1e-3, 0.5, 0.5, 0.9982401166839843},
               {3, 7, 0.2, 0.26180249600000016},
               {50, 60, 0.45, 0.4642352914306031},
               {1.5, 0.5, 1e-10, 4.244131815911199e-16}};
  for (const auto& [a, b, x, expected] : cases) {
    EXPECT_NEAR(RegularizedIncompleteBeta(a, b, x) / expected, 1, 1e-11) << a << " " << b << " " << x;
    EXPECT_NEAR(RegularizedIncompleteBeta(b, a, 1 - x), 1 - expected, 1e-12);
  }
  EXPECT_EQ(RegularizedIncompleteBeta(2, 3, 0), 0);
  EXPECT_EQ(RegularizedIncompleteBeta(2, 3, 1), 1);
}

TEST(Significance, Welch) {
  const std::vector<double> a = {27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1,
                                 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4};
  const std::vector<double> b = {27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0,
                                 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 24.2};
  const WelchTest large = TestWelch(a, b);
  EXPECT_NEAR(large.t, 2.8413222713783814, 1e-11);
  EXPECT_NEAR(large.degrees_of_freedom, 27.882509841787968, 1e-10);
  EXPECT_NEAR(large.p, 0.008303425483320234, 1e-12);
  const WelchTest small = TestWelch(std::vector<double>{1, 2}, std::vector<double>{3, 5, 9});
  EXPECT_NEAR(small.p, 0.134042265128398, 1e-12);
  EXPECT_NEAR(small.degrees_of_freedom, 2.3045805131433967, 1e-12);
}

TEST(Significance, WelchOfTooFewOrEqualValues) {
  const std::vector<double> one = {1}, two = {1, 2}, same = {3, 3}, other = {4, 4};
  EXPECT_TRUE(std::isnan(TestWelch(one, two).p));
  EXPECT_TRUE(std::isnan(TestWelch(two, one).p));
  EXPECT_EQ(TestWelch(same, other).p, 0);
  EXPECT_EQ(TestWelch(same, same).p, 1);
}

TEST(Significance, HolmNeverExceedsBonferroniAndKeepsTheOrder) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> corrected = CorrectByHolm(std::vector<double>{0.01, nan, 0.04, 0.03, 0.005});
  EXPECT_THAT(corrected,
              testing::ElementsAre(testing::DoubleEq(0.03), testing::IsNan(), testing::DoubleEq(0.06),
                                   testing::DoubleEq(0.06), testing::DoubleEq(0.02)));
  EXPECT_THAT(CorrectByHolm(std::vector<double>{0.7, 0.8}), testing::ElementsAre(1, 1));
}

TEST(Significance, PText) {
  EXPECT_EQ(PText(0.0312), "p = 0.031");
  EXPECT_EQ(PText(1e-7), "p < 0.001");
}

}  // namespace
}  // namespace hourglass
