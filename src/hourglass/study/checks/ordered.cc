// ordered: the values of `measure` rise (or fall) from each to the next.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hourglass/study/checks/checks.h"
#include "hourglass/study/checks/comparison.h"

namespace hourglass {

Judge ReadOrdered(CheckReader& reader) {
  const auto measured = reader.Measured("measure");
  const std::string order = reader.Choice("order", {"rising", "falling"});
  const double tolerance = reader.Number("tolerance", 0);
  return [=](const Measures& measures) -> CheckEvidence {
    const std::vector<NamedValue> values = GetAll(measures, measured);
    std::vector<std::pair<NamedValue, NamedValue>> steps;
    for (size_t i = 1; i < values.size(); ++i) {
      steps.emplace_back(order == "rising" ? values[i] : values[i - 1],
                         order == "rising" ? values[i - 1] : values[i]);
    }
    Holds holds = Holds::kYes;
    double largest_p = -1;
    for (const Comparison& step : CompareAll(steps)) {
      const Holds exceeds = Exceeds(step, 0, tolerance);
      if (exceeds == Holds::kNo || holds == Holds::kYes) holds = exceeds;
      largest_p = std::max(largest_p, step.p.value_or(-1));
    }
    std::vector<std::string> phrases;
    for (const NamedValue& value : values) {
      phrases.push_back(Phrase(value, phrases.empty() ? "" : values.front().what));
    }
    return {holds,
            fmt::format("{} {} {} from each to the next{}", fmt::join(phrases, ", "),
                        holds == Holds::kYes       ? "are"
                        : holds == Holds::kUnknown ? "are not clearly"
                                                   : "are not",
                        order,
                        largest_p < 0 ? "" : fmt::format(" (largest p of Welch's test: {:.2g})", largest_p))};
  };
}

}  // namespace hourglass
