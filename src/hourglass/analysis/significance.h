// Tests whether two samples differ by more than chance: Welch's t-test, and Holm's correction for several
// tests.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace hourglass {

inline constexpr double kSignificance = 0.05;  // p-values below this count as a difference

// I_x(a, b) for a, b > 0 and x in [0, 1], with a relative error of about 1e-14. Uses the continued fraction
// of DLMF 8.17.22 (https://dlmf.nist.gov/8.17#v), evaluated by the modified Lentz method (Thompson and
// Barnett, J. Comput. Phys. 64, 1986).
double RegularizedIncompleteBeta(double a, double b, double x);

struct WelchTest {
  double difference;          // mean of b - mean of a
  double standard_error;      // sqrt(s_a²/n_a + s_b²/n_b)
  double t;                   // difference / standard_error
  double degrees_of_freedom;  // Welch-Satterthwaite
  double p;                   // two-sided
};

// B. L. Welch, "The generalization of 'Student's' problem when several different population variances are
// involved", Biometrika 34, 1947. All fields except the difference are NaN if a sample has fewer than two
// values. If there is no spread, p is 0 for different means and 1 for equal ones.
WelchTest TestWelch(std::span<const double> a, std::span<const double> b);

// p-values corrected for multiple tests: S. Holm, "A simple sequentially rejective multiple test procedure",
// Scand. J. Statist. 6, 1979. NaN stays NaN and is not counted.
std::vector<double> CorrectByHolm(std::span<const double> p);

double SampleMean(std::span<const double> values);       // NaN when empty
double SampleDeviation(std::span<const double> values);  // n - 1 in the denominator; NaN below two values

// "p = 0.031", "p < 0.001"
std::string PText(double p);

}  // namespace hourglass
