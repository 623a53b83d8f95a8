#include "hourglass/study/checks/comparison.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "hourglass/analysis/significance.h"
#include "hourglass/core/error.h"

namespace hourglass {
namespace {

// True for two samples of two or more values.
bool IsTestable(const NamedValue& a, const NamedValue& b) {
  const auto several = [](const NamedValue& measure) {
    const auto* sample = std::get_if<MeasuredSample>(&measure.value);
    return sample != nullptr && sample->values.size() > 1;
  };
  return several(a) && several(b);
}

// A difference as a share of what a value is compared with; large ones as a ratio.
std::string RelativeText(const Comparison& comparison) {
  const double percent = 100 * comparison.relative;
  if (std::abs(percent) < 1000) return fmt::format("{:+.3g} %", percent);
  return NumberOf(comparison.b) > 0 && percent > 0 ? fmt::format("{:.0f} times", 1 + comparison.relative)
                                                   : fmt::format("{:+.0f} %", percent);
}

}  // namespace

NamedValue Get(const Measures& measures, const Operand& operand) {
  if (const double* number = std::get_if<double>(&operand)) return {.value = *number};
  const auto& name = std::get<std::string>(operand);
  if (const auto found = measures.Find(name)) return *found;
  throw UsageError({.what = fmt::format("there is no measure '{}'", name)});
}

std::vector<NamedValue> GetAll(const Measures& measures, const std::vector<Operand>& operands) {
  std::vector<NamedValue> all;
  for (const Operand& operand : operands) all.push_back(Get(measures, operand));
  return all;
}

const MeasuredCurve& CurveOf(const NamedValue& measure) {
  return std::get<MeasuredCurve>(measure.value);
}

std::vector<Comparison> CompareAll(const std::vector<std::pair<NamedValue, NamedValue>>& pairs) {
  std::vector<Comparison> comparisons;
  std::vector<double> p;
  for (const auto& [a, b] : pairs) {
    const double difference = NumberOf(a) - NumberOf(b);
    comparisons.push_back(
        {.a = a, .b = b, .relative = NumberOf(b) == 0 ? difference : difference / std::abs(NumberOf(b))});
    p.push_back(
        IsTestable(a, b)
            ? TestWelch(std::get<MeasuredSample>(b.value).values, std::get<MeasuredSample>(a.value).values).p
            : std::numeric_limits<double>::quiet_NaN());
  }
  const std::vector<double> corrected = CorrectByHolm(p);
  for (size_t i = 0; i < corrected.size(); ++i) {
    if (!std::isnan(corrected[i])) comparisons[i].p = corrected[i];
  }
  return comparisons;
}

std::vector<Comparison> CompareEach(const std::vector<NamedValue>& as, const std::vector<NamedValue>& bs) {
  std::vector<std::pair<NamedValue, NamedValue>> pairs;
  for (const NamedValue& a : as) {
    for (const NamedValue& b : bs) pairs.emplace_back(a, b);
  }
  return CompareAll(pairs);
}

Holds Exceeds(const Comparison& comparison, double by, double tolerance) {
  const double beyond = comparison.relative - by;
  // A difference below the one asked for is too small, significant or not.
  const bool too_small = by > 0 && beyond <= 0;
  if (comparison.p && *comparison.p >= kSignificance && !too_small) return Holds::kUnknown;
  if (!comparison.p && tolerance > 0 && std::abs(beyond) <= tolerance) return Holds::kUnknown;
  return beyond > 0 ? Holds::kYes : Holds::kNo;
}

std::string Phrase(const NamedValue& measure, std::string_view last_what) {
  std::string phrase = ValueText(measure);
  if (!measure.what.empty() && measure.what != last_what) phrase = measure.what + ": " + phrase;
  return measure.of.empty() ? phrase : fmt::format("{} ({})", phrase, measure.of);
}

std::string ComparedPhrase(const Comparison& comparison, std::string_view last_what) {
  std::string notes = comparison.b.of;
  const auto add = [&notes](std::string_view note) {
    notes += fmt::format("{}{}",
                         notes.empty()                          ? ""
                         : notes.find(';') == std::string::npos ? "; "
                                                                : ", ",
                         note);
  };
  if (NumberOf(comparison.b) != 0 && comparison.relative != 0) add(RelativeText(comparison));
  if (comparison.p) add("Welch's " + PText(*comparison.p));
  NamedValue unlabelled = comparison.b;
  unlabelled.of.clear();
  const std::string phrase = Phrase(unlabelled, last_what);
  return notes.empty() ? phrase : fmt::format("{} ({})", phrase, notes);
}

}  // namespace hourglass
