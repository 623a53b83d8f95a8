// bends: a curve's mean relative fall per step changes by more than `factor` between the `window` steps
// before and after x = `at`.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hourglass/core/error.h"
#include "hourglass/study/checks/checks.h"
#include "hourglass/study/checks/comparison.h"

namespace hourglass {

Judge ReadBends(CheckReader& reader) {
  const std::string name = reader.OneCurve("curve");
  const auto at = reader.OptionalNumber("at");
  if (!at) {
    throw UsageError({.what = fmt::format("{}: 'at' is missing", reader.Place("at")),
                      .expected = "the x at which the curve bends"});
  }
  const auto window = static_cast<ptrdiff_t>(reader.Number("window", 5));
  const double factor = reader.Number("factor", 2);
  if (window < 1) {
    throw UsageError({.what = fmt::format("{}: bad value for 'window'", reader.Place("window")),
                      .expected = "1 or more steps"});
  }
  return [=](const Measures& measures) -> CheckEvidence {
    const NamedValue measure = Get(measures, name);
    const MeasuredCurve& curve = CurveOf(measure);
    const ptrdiff_t place = std::ranges::find(curve.x, *at) - curve.x.begin();
    if (place < window || place + window >= std::ssize(curve.y)) {
      return {Holds::kUnknown,
              fmt::format("{} has {} {}s ({})", measure.what, curve.y.size(), curve.over, measure.of)};
    }
    const auto fall = [&](ptrdiff_t from) {
      const double share = curve.y[static_cast<size_t>(from + window)] / curve.y[static_cast<size_t>(from)];
      return 1 - std::pow(share, 1.0 / static_cast<double>(window));
    };
    const double before = fall(place - window), after = fall(place);
    const bool bends = before <= 0 || after <= 0 || before > after * factor || after > before * factor;
    return {bends ? Holds::kYes : Holds::kNo,
            fmt::format(
                "{} falls by {:.2f} % per {} in the {} {}s before {} and by {:.2f} % in the {} after ({})",
                measure.what, 100 * before, curve.over, window, curve.over, NumberText(*at), 100 * after,
                window, measure.of)};
  };
}

}  // namespace hourglass
