// rises: a curve ends above its lowest point by more than the share `by`.
#include <fmt/format.h>

#include <algorithm>

#include "hourglass/study/checks/checks.h"
#include "hourglass/study/checks/comparison.h"

namespace hourglass {

Judge ReadRises(CheckReader& reader) {
  const std::string name = reader.OneCurve("curve");
  const double by = reader.Number("by", 0);
  return [=](const Measures& measures) -> CheckEvidence {
    const NamedValue measure = Get(measures, name);
    const MeasuredCurve& curve = CurveOf(measure);
    const auto lowest = std::ranges::min_element(curve.y);
    const bool rises = curve.y.back() > *lowest * (1 + by);
    return {rises ? Holds::kYes : Holds::kNo,
            fmt::format("{} ({}) {}{} after its lowest point: {} in {} {}, {} at the end ({:+.1f} %)",
                        measure.what, measure.of, rises ? "rises" : "does not rise",
                        by == 0 ? "" : fmt::format(" by more than {:g} %", 100 * by), NumberText(*lowest),
                        curve.over, NumberText(curve.x[static_cast<size_t>(lowest - curve.y.begin())]),
                        NumberText(curve.y.back()), 100 * (curve.y.back() / *lowest - 1))};
  };
}

}  // namespace hourglass
