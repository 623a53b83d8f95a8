// fits: of all forms of curve_fit.h, `form` has the largest R² on a curve; with `shape = "ever faster"`, the
// fit also rises ever faster.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hourglass/analysis/curve_fit.h"
#include "hourglass/study/checks/checks.h"
#include "hourglass/study/checks/comparison.h"

namespace hourglass {
namespace {

constexpr CurveForm kForms[] = {CurveForm::kLine, CurveForm::kParabola, CurveForm::kExponential};

// The second derivative of every form in curve_fit.h keeps its sign, so the ends decide.
bool RisesEverFaster(const CurveFit& fit, const MeasuredCurve& curve) {
  const double first = curve.x.front(), last = curve.x.back(), step = (last - first) / 100;
  const double at_first = fit.At(first + step) - fit.At(first), at_last = fit.At(last) - fit.At(last - step);
  return at_first > 0 && at_last > at_first;
}

}  // namespace

Judge ReadFits(CheckReader& reader) {
  const std::string name = reader.OneCurve("curve");
  std::vector<std::string> names;
  for (const CurveForm form : kForms) names.emplace_back(Name(form));
  const std::string form = reader.Choice("form", names);
  const bool ever_faster = reader.Choice("shape", {"any", "ever faster"}) == "ever faster";
  return [=](const Measures& measures) -> CheckEvidence {
    const NamedValue measure = Get(measures, name);
    const MeasuredCurve& curve = CurveOf(measure);
    const std::vector<CurveFit> fits = FitCurves(curve.x, curve.y);
    const CurveFit* best = BestFit(fits);
    if (fits.size() < std::size(kForms) || best == nullptr) {
      return {Holds::kUnknown, fmt::format("{} has too few points, or values that some form cannot fit ({})",
                                           measure.what, measure.of)};
    }
    const bool wins = Name(best->form) == form;
    const bool shaped = !ever_faster || RisesEverFaster(*best, curve);
    std::vector<std::string> texts;
    for (const CurveFit& fit : fits) {
      texts.push_back(fmt::format("{} {} with R² {:.4f}", Name(fit.form), fit.Formula(), fit.r_squared));
    }
    return {
        wins && shaped ? Holds::kYes : Holds::kNo,
        fmt::format("the best fit of {} ({}), {} from {} to {}, is the {}{}: {}", measure.what, measure.of,
                    curve.over, NumberText(curve.x.front()), NumberText(curve.x.back()), Name(best->form),
                    wins && !shaped ? ", but not one that rises ever faster" : "", fmt::join(texts, "; "))};
  };
}

}  // namespace hourglass
