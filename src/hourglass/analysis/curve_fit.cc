#include "hourglass/analysis/curve_fit.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "hourglass/core/check.h"
#include "hourglass/core/require.h"

namespace hourglass {
namespace {

using Points = Eigen::Map<const Eigen::ArrayXd>;

constexpr double kMinExponent = 1e-3, kMaxExponent = 30;  // of |b| · (x_max - x_min)
constexpr double kGolden = 0.6180339887498949;

double SquaredError(const CurveFit& fit, const Points& x, const Points& y) {
  double sum = 0;
  for (Eigen::Index i = 0; i < x.size(); ++i) sum += std::pow(y[i] - fit.At(x[i]), 2);
  return sum;
}

// The least-squares coefficient of `basis`, if it is orthogonal to all other functions of the fit.
double Projection(const Eigen::ArrayXd& basis, const Points& y) {
  return (basis * y).sum() / basis.square().sum();
}

CurveFit FitLine(const Points& x, const Points& y) {
  const double slope = Projection(x - x.mean(), y);
  return {.form = CurveForm::kLine, .coefficients = {slope, y.mean() - slope * x.mean()}, .r_squared = 0};
}

// Fits polynomials that are orthogonal over the points: 1, u = x - m and u² - s u - v. Then multiplies them
// out.
CurveFit FitParabola(const Points& x, const Points& y) {
  const double m = x.mean();
  const Eigen::ArrayXd u = x - m;
  const double v = u.square().mean(), s = u.cube().mean() / v;
  const double linear = Projection(u, y), square = Projection(u.square() - s * u - v, y);
  const double slope = linear - square * s;  // of u
  return {
      .form = CurveForm::kParabola,
      .coefficients = {square, slope - 2 * square * m, y.mean() - square * v - slope * m + square * m * m},
      .r_squared = 0};
}

// For a given b, the curve is a line over u(x) = (exp(b (x - x₀)) - 1) / b, which stays well conditioned for
// small b. x₀ is the smallest x. Returns the fit with x₀ multiplied out.
CurveFit FitExponentialOf(double b, const Points& x, const Points& y) {
  const double x0 = x.minCoeff();
  const Eigen::ArrayXd u = (b * (x - x0)).unaryExpr([](double t) { return std::expm1(t); }) / b;
  const Eigen::ArrayXd centred = u - u.mean();
  const double slope = (centred * (y - y.mean())).sum() / centred.square().sum();
  return {.form = CurveForm::kExponential,
          .coefficients = {slope / b * std::exp(-b * x0), b, y.mean() - slope * u.mean() - slope / b},
          .r_squared = 0};
}

// Finds the best of a grid of exponents, then refines it by golden-section search between its neighbours.
// Returns nothing if no exponent has coefficients that a double can hold.
std::optional<CurveFit> FitExponential(const Points& x, const Points& y) {
  const double range = x.maxCoeff() - x.minCoeff();
  const auto fit = [&](double exponent) { return FitExponentialOf(exponent / range, x, y); };
  // Far from x = 0, the factor exp(-b x₀) or the curve itself leaves the range of double; such exponents are
  // not candidates. The error is therefore computed from the returned coefficients.
  const auto error = [&](double exponent) {
    const double sum = SquaredError(fit(exponent), x, y);
    return std::isfinite(sum) ? sum : std::numeric_limits<double>::infinity();
  };
  std::vector<double> grid;
  for (double size = kMinExponent; size <= kMaxExponent * 1.0001; size *= std::pow(10, 0.05)) {
    grid.push_back(size);
    grid.push_back(-size);
  }
  std::ranges::sort(grid);
  size_t best = 0;
  for (size_t i = 1; i < grid.size(); ++i) {
    if (error(grid[i]) < error(grid[best])) best = i;
  }
  if (!std::isfinite(error(grid[best]))) return std::nullopt;
  // Neighbours have equal signs: there is no exponential with b = 0.
  const auto neighbour = [&](size_t i) { return grid[i] * grid[best] > 0 ? grid[i] : grid[best]; };
  double low = neighbour(best > 0 ? best - 1 : best), high = neighbour(std::min(best + 1, grid.size() - 1));
  while (high - low > 1e-9 * std::abs(high)) {
    const double left = high - kGolden * (high - low), right = low + kGolden * (high - low);
    (error(left) < error(right) ? high : low) = error(left) < error(right) ? right : left;
  }
  const double found = (low + high) / 2;  // may lie among exponents that are not candidates
  return fit(error(found) <= error(grid[best]) ? found : grid[best]);
}

}  // namespace

std::string_view Name(CurveForm form) {
  switch (form) {
    case CurveForm::kLine:
      return "straight line";
    case CurveForm::kParabola:
      return "parabola";
    case CurveForm::kExponential:
      return "exponential";
  }
  HOURGLASS_CHECK(false);
  return "";
}

double CurveFit::At(double x) const {
  const std::vector<double>& k = coefficients;
  switch (form) {
    case CurveForm::kLine:
      return k[0] * x + k[1];
    case CurveForm::kParabola:
      return (k[0] * x + k[1]) * x + k[2];
    case CurveForm::kExponential:
      return k[0] * std::exp(k[1] * x) + k[2];
  }
  HOURGLASS_CHECK(false);
  return 0;
}

std::string CurveFit::Formula() const {
  const std::vector<double>& k = coefficients;
  const auto term = [](double value, const char* unit) {
    return fmt::format(" {} {:.4g}{}", value < 0 ? "−" : "+", std::abs(value), unit);
  };
  switch (form) {
    case CurveForm::kLine:
      return fmt::format("{:.4g}·x{}", k[0], term(k[1], ""));
    case CurveForm::kParabola:
      return fmt::format("{:.4g}·x²{}{}", k[0], term(k[1], "·x"), term(k[2], ""));
    case CurveForm::kExponential:
      return fmt::format("{:.4g}·exp({:.4g}·x){}", k[0], k[1], term(k[2], ""));
  }
  HOURGLASS_CHECK(false);
  return "";
}

std::vector<CurveFit> FitCurves(std::span<const double> x_values, std::span<const double> y_values) {
  RequireEqual("number of values y", std::ssize(y_values), std::ssize(x_values));
  const Points x(x_values.data(), static_cast<Eigen::Index>(x_values.size()));
  const Points y(y_values.data(), x.size());
  const size_t points = std::set<double>(x_values.begin(), x_values.end()).size();
  std::vector<CurveFit> fits;
  if (points > 2) fits.push_back(FitLine(x, y));
  if (points > 3) fits.push_back(FitParabola(x, y));
  if (points > 3) {
    if (const auto exponential = FitExponential(x, y)) fits.push_back(*exponential);
  }
  for (CurveFit& fit : fits) {
    const double spread = (y - y.mean()).square().sum();
    fit.r_squared =
        spread > 0 ? 1 - SquaredError(fit, x, y) / spread : std::numeric_limits<double>::quiet_NaN();
  }
  return fits;
}

const CurveFit* BestFit(std::span<const CurveFit> fits) {
  const CurveFit* best = nullptr;
  for (const CurveFit& fit : fits) {
    if (best == nullptr || fit.r_squared > best->r_squared) best = &fit;
  }
  return best;
}

Json ToJson(const CurveFit& fit) {
  return {{"form", Name(fit.form)},
          {"formula", fit.Formula()},
          {"coefficients", fit.coefficients},
          {"r_squared", std::isfinite(fit.r_squared) ? Json(fit.r_squared) : Json()}};
}

}  // namespace hourglass
