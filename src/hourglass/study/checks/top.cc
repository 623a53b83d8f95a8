// top: the y at x = `at` is one of the `among` largest of a curve; of several curves, the one with the
// largest mean is used.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "hourglass/analysis/significance.h"
#include "hourglass/core/error.h"
#include "hourglass/study/checks/checks.h"
#include "hourglass/study/checks/comparison.h"

namespace hourglass {

Judge ReadTop(CheckReader& reader) {
  const std::vector<std::string> names = reader.Curves("curve");
  const auto at = reader.OptionalNumber("at");
  if (!at) {
    throw UsageError({.what = fmt::format("{}: 'at' is missing", reader.Place("at")),
                      .expected = "the x whose value is among the largest"});
  }
  const auto among = static_cast<size_t>(reader.Number("among", 1));
  return [=](const Measures& measures) -> CheckEvidence {
    std::vector<NamedValue> all;
    for (const std::string& name : names) all.push_back(Get(measures, name));
    const NamedValue& best =
        *std::ranges::max_element(all, {}, [](const NamedValue& one) { return SampleMean(CurveOf(one).y); });
    const MeasuredCurve& curve = CurveOf(best);
    std::vector<size_t> order(curve.y.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, std::greater<>(), [&](size_t i) { return curve.y[i]; });
    const auto place = static_cast<size_t>(std::ranges::find(curve.x, *at) - curve.x.begin());
    if (place == curve.x.size()) {
      return {Holds::kUnknown,
              fmt::format("{} has no {} {} ({})", best.what, curve.over, NumberText(*at), best.of)};
    }
    order.resize(std::min(among, order.size()));
    const bool found = std::ranges::find(order, place) != order.end();
    std::vector<std::string> largest;
    for (const size_t i : order)
      largest.push_back(fmt::format("{} {:.3f}", NumberText(curve.x[i]), curve.y[i]));
    return {found ? Holds::kYes : Holds::kNo,
            fmt::format("{} {} with {:.3f} is {}among the {} largest of {} ({}): {}", curve.over,
                        NumberText(*at), curve.y[place], found ? "" : "not ", among, best.what, best.of,
                        fmt::join(largest, ", "))};
  };
}

}  // namespace hourglass
