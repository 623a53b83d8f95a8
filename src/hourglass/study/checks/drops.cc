// drops: a curve falls between neighbouring points; with `at`, at most `window` from x = `at`.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "hourglass/study/checks/checks.h"
#include "hourglass/study/checks/comparison.h"

namespace hourglass {

Judge ReadDrops(CheckReader& reader) {
  const std::string name = reader.OneCurve("curve");
  const auto at = reader.OptionalNumber("at");
  const double window = reader.Number("window", 5);
  return [=](const Measures& measures) -> CheckEvidence {
    const NamedValue measure = Get(measures, name);
    const MeasuredCurve& curve = CurveOf(measure);
    bool drops = false;
    std::vector<std::string> places;
    for (size_t i = 1; i < curve.y.size(); ++i) {
      if (curve.y[i] >= curve.y[i - 1]) continue;
      places.push_back(NumberText(curve.x[i]));
      drops = drops || !at || std::abs(curve.x[i] - *at) <= window;
    }
    return {drops ? Holds::kYes : Holds::kNo,
            places.empty() ? fmt::format("{} never drops in {} {}s ({})", measure.what, curve.y.size(),
                                         curve.over, measure.of)
                           : fmt::format("{} drops in {} {}, to {} at the end ({})", measure.what, curve.over,
                                         fmt::join(places, ", "), NumberText(curve.y.back()), measure.of)};
  };
}

}  // namespace hourglass
