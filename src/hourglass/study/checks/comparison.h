// Comparison of two numbers or of two samples, and the sentences about them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hourglass/study/checks/check_reader.h"
#include "hourglass/study/claim.h"

namespace hourglass {

// The measure that an operand stands for. Throws a usage Error if there is none.
NamedValue Get(const Measures& measures, const Operand& operand);
std::vector<NamedValue> GetAll(const Measures& measures, const std::vector<Operand>& operands);
const MeasuredCurve& CurveOf(const NamedValue& measure);

// a compared with b. Two samples of two or more values are compared by Welch's t-test.
struct Comparison {
  NamedValue a, b;
  double relative;               // (a - b) / |b|; the plain difference if b is 0
  std::optional<double> p = {};  // Holm-corrected over all comparisons made together
};
std::vector<Comparison> CompareAll(const std::vector<std::pair<NamedValue, NamedValue>>& pairs);
// Each of `as` with each of `bs`, ordered by `as`, then by `bs`.
std::vector<Comparison> CompareEach(const std::vector<NamedValue>& as, const std::vector<NamedValue>& bs);
// Whether a exceeds b by more than the share `by`. Unknown if samples do not differ significantly (unless
// their difference is below a `by` above 0, which decides), or if single values lie within `tolerance` of the
// limit.
Holds Exceeds(const Comparison& comparison, double by, double tolerance);

// "held-out MSE: 0.0382 (d = 4)"; omits `what` if it equals `last_what`.
std::string Phrase(const NamedValue& measure, std::string_view last_what = "");
// Phrase of b, with the relative difference and p: "0.0246 (d = 8; +55 %, p = 0.031)".
std::string ComparedPhrase(const Comparison& comparison, std::string_view last_what);

}  // namespace hourglass
