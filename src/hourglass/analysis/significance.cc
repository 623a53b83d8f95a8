#include "hourglass/analysis/significance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace hourglass {
namespace {

// The fraction converges within O(sqrt(max(a, b))) steps for x below the switch in RegularizedIncompleteBeta.
double BetaFraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300, kPrecision = 1e-16;
  constexpr int kMostSteps = 10000;
  const auto nonzero = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
  double c = 1, d = 1 / nonzero(1 - (a + b) * x / (a + 1)), fraction = d;
  const auto step = [&](double coefficient) {
    d = 1 / nonzero(1 + coefficient * d);
    c = nonzero(1 + coefficient / c);
    fraction *= c * d;
  };
  for (int m = 1; m <= kMostSteps; ++m) {
    step(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)));
    step(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)));
    if (std::abs(c * d - 1) < kPrecision) break;
  }
  return fraction;
}

// std::lgamma writes a global; the arguments here are positive, so its sign is not needed.
double LogGamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

}  // namespace

double RegularizedIncompleteBeta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front =
      std::exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * BetaFraction(a, b, x) / a;
  return 1 - front * BetaFraction(b, a, 1 - x) / b;
}

double SampleMean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double SampleDeviation(std::span<const double> values) {
  if (values.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  const double mean = SampleMean(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

WelchTest TestWelch(std::span<const double> a, std::span<const double> b) {
  const auto variance_of_mean = [](std::span<const double> values) {
    const double spread = SampleDeviation(values);
    return spread * spread / static_cast<double>(values.size());
  };
  const double of_a = variance_of_mean(a), of_b = variance_of_mean(b);
  WelchTest test{};
  test.difference = SampleMean(b) - SampleMean(a);
  test.standard_error = std::sqrt(of_a + of_b);
  test.t = test.difference / test.standard_error;
  test.degrees_of_freedom =
      (of_a + of_b) * (of_a + of_b) /
      (of_a * of_a / static_cast<double>(a.size() - 1) + of_b * of_b / static_cast<double>(b.size() - 1));
  if (test.standard_error == 0) {
    test.p = test.difference == 0 ? 1 : 0;
  } else if (std::isnan(test.standard_error)) {
    test.degrees_of_freedom = test.p = std::numeric_limits<double>::quiet_NaN();
  } else {
    const double nu = test.degrees_of_freedom;
    test.p = RegularizedIncompleteBeta(nu / 2, 0.5, nu / (nu + test.t * test.t));
  }
  return test;
}

std::vector<double> CorrectByHolm(std::span<const double> p) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p.size(); ++i) {
    if (!std::isnan(p[i])) order.push_back(i);
  }
  std::ranges::sort(order, {}, [&](size_t i) { return p[i]; });
  std::vector<double> corrected(p.begin(), p.end());
  double largest = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    largest = std::max(largest, p[order[rank]] * static_cast<double>(order.size() - rank));
    corrected[order[rank]] = std::min(1.0, largest);
  }
  return corrected;
}

std::string PText(double p) {
  return p < 0.001 ? "p < 0.001" : fmt::format("p = {:.2g}", p);
}

}  // namespace hourglass
