// equals: each of `measure` equals the corresponding (or the only) value of `to`: the same text, or numbers
// that differ by at most `within` or `factor`, each a number or a list.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "hourglass/core/error.h"
#include "hourglass/study/checks/checks.h"
#include "hourglass/study/checks/comparison.h"

namespace hourglass {
namespace {

Judge ReadText(CheckReader& reader, const std::string& name) {
  const std::string text = reader.Text("to");
  return [=](const Measures& measures) -> CheckEvidence {
    const NamedValue measure = Get(measures, name);
    const bool equal = std::get<std::string>(measure.value) == text;
    return {equal ? Holds::kYes : Holds::kNo,
            equal ? Phrase(measure) : fmt::format("{}, not {}", Phrase(measure), text)};
  };
}

bool Near(const NamedValue& a, const NamedValue& b, double within) {
  return std::abs(NumberOf(a) - NumberOf(b)) <= within;
}

bool NearByFactor(const NamedValue& a, const NamedValue& b, double factor) {
  const double ratio = NumberOf(a) / NumberOf(b);
  return NumberOf(a) == NumberOf(b) || (ratio > 0 && std::max(ratio, 1 / ratio) <= factor);
}

}  // namespace

Judge ReadEquals(CheckReader& reader) {
  if (const auto name = reader.TextMeasure("measure")) return ReadText(reader, *name);
  const auto measured = reader.Measured("measure"), to = reader.Numbers("to");
  const auto within = reader.OptionalNumbers("within", measured.size());
  const auto factor = reader.OptionalNumbers("factor", measured.size());
  if (to.size() != 1 && to.size() != measured.size()) {
    throw UsageError({.what = fmt::format("{}: lists of unequal length", reader.Place("to")),
                      .expected = fmt::format("1 value or {}, as in 'measure'", measured.size()),
                      .got = fmt::format("{}", to.size())});
  }
  if (!within.empty() && !factor.empty()) {
    throw UsageError({.what = fmt::format("{}: two tolerances", reader.Place("factor")),
                      .expected = "either 'within' or 'factor'"});
  }
  return [=](const Measures& measures) -> CheckEvidence {
    std::vector<std::string> equal, unequal;
    const std::vector<NamedValue> as = GetAll(measures, measured), bs = GetAll(measures, to);
    for (size_t i = 0; i < as.size(); ++i) {
      const NamedValue& b = bs[bs.size() == 1 ? 0 : i];
      const bool same =
          factor.empty() ? Near(as[i], b, within.empty() ? 0 : within[i]) : NearByFactor(as[i], b, factor[i]);
      (same ? equal : unequal)
          .push_back(fmt::format("{} {} {}{}", Phrase(as[i]), same ? "equals" : "does not equal",
                                 Phrase(b, as[i].what),
                                 !factor.empty()   ? fmt::format(" within a factor of {:g}", factor[i])
                                 : !within.empty() ? fmt::format(" within {:g}", within[i])
                                                   : ""));
    }
    const bool all = unequal.empty();
    return {all ? Holds::kYes : Holds::kNo, fmt::format("{}", fmt::join(all ? equal : unequal, ", "))};
  };
}

}  // namespace hourglass
