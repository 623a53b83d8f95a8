// Least-squares fits of simple curves to measured points, with their goodness of fit.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/json.h"

namespace hourglass {

enum class CurveForm {
  kLine,         // a·x + b
  kParabola,     // a·x² + b·x + c
  kExponential,  // a·exp(b·x) + c
};

std::string_view Name(CurveForm form);  // "straight line", "parabola", "exponential"

struct CurveFit {
  CurveForm form;
  std::vector<double> coefficients;  // a, b, c
  // 1 - Σ(y - ŷ)² / Σ(y - ȳ)²; NaN if all y are equal.
  double r_squared;

  double At(double x) const;
  // "0.0123·exp(2.31·x) + 0.0211"
  std::string Formula() const;
};

// Fits every form that has fewer coefficients than there are distinct x, in the order above. The
// exponential's b is searched over |b| · (x_max - x_min) in [0.001, 30]; a and c follow from b. The
// exponential is omitted if the points are so far from x = 0 that no b gives a finite curve. Throws a usage
// Error if the numbers of x and y differ.
std::vector<CurveFit> FitCurves(std::span<const double> x, std::span<const double> y);

// The fit with the largest r_squared (on a tie, the first); null if there is none.
const CurveFit* BestFit(std::span<const CurveFit> fits);

Json ToJson(const CurveFit& fit);

}  // namespace hourglass
