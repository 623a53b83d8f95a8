#include "hourglass/study/checks/check_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/core/toml_reader.h"

namespace hourglass {
namespace {

bool IsCurve(const NamedValue& measure) {
  return std::holds_alternative<MeasuredCurve>(measure.value);
}

bool IsText(const NamedValue& measure) {
  return std::holds_alternative<std::string>(measure.value);
}

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The items of a list, or the value itself.
std::vector<const toml::node*> Items(const toml::node& node) {
  if (!node.is_array()) return {&node};
  std::vector<const toml::node*> items;
  for (const toml::node& item : *node.as_array()) items.push_back(&item);
  return items;
}

std::optional<double> NumberIn(const toml::node& node) {
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* number = node.as_integer()) return static_cast<double>(number->get());
  return std::nullopt;
}

void CheckOne(size_t count, std::string_view what, const std::string& place) {
  if (count == 1) return;
  throw UsageError({.what = fmt::format("{}: a list where one {} is needed", place, what),
                    .got = fmt::format("{}", count)});
}

}  // namespace

std::string CheckReader::Place(const std::string& key) const {
  return toml_.Place(key);
}

std::string CheckReader::Replaced(std::string text) const {
  if (scope_.run == nullptr) return text;
  ReplaceAll(text, "{run}", scope_.run->name);
  ReplaceAll(text, "{label}", scope_.run->label);
  return text;
}

std::vector<std::string> CheckReader::Expanded(const std::string& name) const {
  if (!name.starts_with("*.")) return {Replaced(name)};
  std::vector<std::string> names;
  for (const ClaimRun& run : scope_.runs) names.push_back(run.name + name.substr(1));
  return names;
}

NamedValue CheckReader::Planned(const std::string& name, const std::string& key) {
  if (auto found = scope_.planned.Find(name)) {
    names_.push_back(name);
    return *found;
  }
  const std::vector<std::string> known = scope_.planned.names();
  const std::string nearest = NearestName(name, known);
  throw UsageError({.what = fmt::format("{}: unknown measure '{}'", toml_.Place(key), name),
                    .hint = nearest.empty() ? "docs/studies.md lists the names"
                                            : fmt::format("did you mean '{}'?", nearest)});
}

std::vector<Operand> CheckReader::Read(const std::string& key, bool plain_numbers, bool curves) {
  const char* expected = curves          ? "the name of a curve, or a list of names"
                         : plain_numbers ? "a measure's name, a number, or a list of these"
                                         : "a measure's name, or a list of names";
  const auto refuse = [&](std::string_view what) {
    return UsageError({.what = fmt::format("{}: {}", toml_.Place(key), what), .expected = expected});
  };
  const toml::node* node = toml_.Find(key);
  if (node == nullptr) throw refuse(fmt::format("'{}' is missing", key));
  std::vector<Operand> operands;
  for (const toml::node* item : Items(*node)) {
    if (const auto number = NumberIn(*item); number && plain_numbers) {
      operands.emplace_back(*number);
    } else if (item->is_string()) {
      for (const std::string& name : Expanded(item->as_string()->get())) {
        const NamedValue measure = Planned(name, key);
        if (IsText(measure)) throw refuse(fmt::format("{} is a text", name));
        if (curves && !IsCurve(measure)) throw refuse(fmt::format("{} is not a curve", name));
        if (!curves && IsCurve(measure)) {
          throw UsageError(
              {.what = fmt::format("{}: {} is a curve, not a number", toml_.Place(key), name),
               .hint = fmt::format("add one of these endings: :{}", fmt::join(ReducerNames(), ", :"))});
        }
        operands.emplace_back(name);
      }
    } else {
      throw refuse(fmt::format("bad value for '{}'", key));
    }
  }
  if (operands.empty()) throw refuse(fmt::format("'{}' is empty", key));
  return operands;
}

std::vector<Operand> CheckReader::Measured(const std::string& key) {
  return Read(key, false, false);
}

std::vector<Operand> CheckReader::Numbers(const std::string& key) {
  return Read(key, true, false);
}

std::string CheckReader::OneNumber(const std::string& key) {
  const std::vector<Operand> operands = Measured(key);
  CheckOne(operands.size(), "measure", toml_.Place(key));
  return std::get<std::string>(operands.front());
}

std::vector<std::string> CheckReader::Curves(const std::string& key) {
  std::vector<std::string> names;
  for (const Operand& operand : Read(key, false, true)) names.push_back(std::get<std::string>(operand));
  return names;
}

std::string CheckReader::OneCurve(const std::string& key) {
  const std::vector<std::string> names = Curves(key);
  CheckOne(names.size(), "curve", toml_.Place(key));
  return names.front();
}

std::optional<std::string> CheckReader::TextMeasure(const std::string& key) {
  const toml::node* node = toml_.Find(key);
  if (node == nullptr || !node->is_string()) return std::nullopt;
  const std::string name = Replaced(node->as_string()->get());
  const auto found = scope_.planned.Find(name);
  if (!found || !IsText(*found)) return std::nullopt;
  names_.push_back(name);
  return name;
}

std::vector<std::string> CheckReader::Names(const std::string& key) {
  std::vector<std::string> given, names;
  toml_.Optional(key, given);
  for (const std::string& name : given) std::ranges::move(Expanded(name), std::back_inserter(names));
  for (const std::string& name : names) Planned(name, key);
  return names;
}

std::string CheckReader::Text(const std::string& key) {
  std::string text;
  toml_.Required(key, text);
  return Replaced(text);
}

std::optional<double> CheckReader::OptionalNumber(const std::string& key) {
  if (!toml_.Has(key)) return std::nullopt;
  double number = 0;
  toml_.Optional(key, number);
  if (number >= 0) return number;
  throw UsageError({.what = fmt::format("{}: bad value for '{}'", toml_.Place(key), key),
                    .expected = "a number of 0 or more",
                    .got = fmt::format("{}", number)});
}

double CheckReader::Number(const std::string& key, double otherwise) {
  return OptionalNumber(key).value_or(otherwise);
}

std::string CheckReader::Choice(const std::string& key, const std::vector<std::string>& known) {
  std::string chosen = known.front();
  toml_.Optional(key, chosen);
  CheckKnown(chosen, known, key, toml_.Place(key));
  return chosen;
}

std::vector<double> CheckReader::OptionalNumbers(const std::string& key, size_t count) {
  const toml::node* node = toml_.Find(key);
  if (node == nullptr) return {};
  if (!node->is_array()) return std::vector<double>(count, *OptionalNumber(key));
  std::vector<double> numbers;
  toml_.Optional(key, numbers);
  if (numbers.size() == count && std::ranges::none_of(numbers, [](double number) { return number < 0; })) {
    return numbers;
  }
  throw UsageError({.what = fmt::format("{}: bad value for '{}'", toml_.Place(key), key),
                    .expected = fmt::format("a number of 0 or more, or a list of {} of them", count),
                    .got = fmt::format("a list of {}", numbers.size())});
}

}  // namespace hourglass
