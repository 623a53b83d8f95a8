#include "hourglass/study/measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "hourglass/analysis/significance.h"

namespace hourglass {
namespace {

constexpr double kFlat = 0.9;       // a curve is flat after this share of its whole fall
constexpr size_t kFallSteps = 5;    // steps that Fall averages over
constexpr char kReducerMark = ':';  // "z8.train/loss:last"

double LowestAt(const MeasuredCurve& curve) {
  return curve.x[static_cast<size_t>(std::ranges::min_element(curve.y) - curve.y.begin())];
}

double FlatAt(const MeasuredCurve& curve) {
  const double goal = curve.y.front() - kFlat * (curve.y.front() - std::ranges::min(curve.y));
  const auto found = std::ranges::find_if(curve.y, [goal](double y) { return y <= goal; });
  return curve.x[static_cast<size_t>(found - curve.y.begin())];
}

double Fall(const MeasuredCurve& curve) {
  if (curve.y.size() <= kFallSteps) return std::numeric_limits<double>::quiet_NaN();
  const double from = curve.y[curve.y.size() - 1 - kFallSteps];
  return 1 - std::pow(curve.y.back() / from, 1.0 / static_cast<double>(kFallSteps));
}

struct Reducer {
  const char* name;
  const char* phrase;  // {0}: the curve's `what`, {1}: its `over`
  double (*of)(const MeasuredCurve&);
};

constexpr Reducer kReducers[] = {
    {"first", "first {0}", [](const MeasuredCurve& curve) { return curve.y.front(); }},
    {"last", "last {0}", [](const MeasuredCurve& curve) { return curve.y.back(); }},
    {"lowest", "lowest {0}", [](const MeasuredCurve& curve) { return std::ranges::min(curve.y); }},
    {"highest", "highest {0}", [](const MeasuredCurve& curve) { return std::ranges::max(curve.y); }},
    {"lowest_at", "{1} of the lowest {0}", LowestAt},
    {"flat_at", "{1} at which the {0} reaches 90 % of its total fall", FlatAt},
    {"fall", "relative fall of the {0} per {1}, averaged over the last 5", Fall},
};

Json NumberJson(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

Json ListJson(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(NumberJson(value));
  return list;
}

// Overloaded lambdas for std::visit.
template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;  // Clang 14 does not deduce it

}  // namespace

std::vector<std::string> ReducerNames() {
  std::vector<std::string> names;
  for (const Reducer& reducer : kReducers) names.emplace_back(reducer.name);
  return names;
}

void Measures::Add(NamedValue measure) {
  if (std::ranges::find(all_, measure.name, &NamedValue::name) == all_.end())
    all_.push_back(std::move(measure));
}

std::optional<NamedValue> Measures::Find(std::string_view name) const {
  const auto whole = std::ranges::find(all_, name, &NamedValue::name);
  if (whole != all_.end()) return *whole;
  const size_t mark = name.rfind(kReducerMark);
  if (mark == std::string_view::npos) return std::nullopt;
  const auto found = std::ranges::find(all_, name.substr(0, mark), &NamedValue::name);
  const auto reducer = std::ranges::find(kReducers, name.substr(mark + 1), &Reducer::name);
  if (found == all_.end() || reducer == std::end(kReducers)) return std::nullopt;
  const auto* curve = std::get_if<MeasuredCurve>(&found->value);
  if (curve == nullptr) return std::nullopt;
  return NamedValue{
      .name = std::string(name),
      .of = found->of,
      .what = fmt::format(fmt::runtime(reducer->phrase), found->what, curve->over),
      .value = IsKnown(*found) ? reducer->of(*curve) : std::numeric_limits<double>::quiet_NaN()};
}

std::vector<std::string> Measures::names() const {
  std::vector<std::string> names;
  for (const NamedValue& measure : all_) {
    names.push_back(measure.name);
    if (!std::holds_alternative<MeasuredCurve>(measure.value)) continue;
    for (const Reducer& reducer : kReducers)
      names.push_back(measure.name + kReducerMark + std::string(reducer.name));
  }
  return names;
}

bool IsKnown(const NamedValue& measure) {
  const auto known = [](double value) { return !std::isnan(value); };
  return std::visit(Overloaded{known, [](const std::string&) { return true; },
                               [](const MeasuredSample& sample) { return !sample.values.empty(); },
                               [&](const MeasuredCurve& curve) {
                                 return !curve.y.empty() && std::ranges::all_of(curve.y, known);
                               }},
                    measure.value);
}

std::string NumberText(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e9) return fmt::format("{:.0f}", value);
  return fmt::format("{:.4g}", value);
}

std::string ValueText(const NamedValue& measure) {
  return std::visit(
      Overloaded{[](double value) { return NumberText(value); }, [](const std::string& text) { return text; },
                 [](const MeasuredSample& sample) {
                   if (sample.values.size() == 1) return NumberText(sample.values.front());
                   return fmt::format("mean {} of {} {}s", NumberText(SampleMean(sample.values)),
                                      sample.values.size(), sample.per);
                 },
                 [](const MeasuredCurve& curve) {
                   std::string text;
                   for (size_t i = 0; i < curve.y.size(); ++i) {
                     text += fmt::format("{}{} {} {}", i == 0 ? "" : ", ", curve.over, NumberText(curve.x[i]),
                                         NumberText(curve.y[i]));
                   }
                   return text;
                 }},
      measure.value);
}

double NumberOf(const NamedValue& measure) {
  if (const auto* sample = std::get_if<MeasuredSample>(&measure.value)) return SampleMean(sample->values);
  return std::get<double>(measure.value);
}

Json ToJson(const Measures& measures) {
  Json json = Json::object();
  for (const NamedValue& measure : measures.all()) {
    json[measure.name] = std::visit(
        Overloaded{[](double value) { return NumberJson(value); },
                   [](const std::string& text) { return Json(text); },
                   [](const MeasuredSample& sample) { return ListJson(sample.values); },
                   [](const MeasuredCurve& curve) {
                     return Json{{"over", curve.over}, {"x", ListJson(curve.x)}, {"y", ListJson(curve.y)}};
                   }},
        measure.value);
  }
  return json;
}

}  // namespace hourglass
