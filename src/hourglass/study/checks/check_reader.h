// Reads the keys of a claim's checks and the measures they name.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hourglass/study/measures.h"

namespace hourglass {

class TomlReader;

// A run that the key `runs` of a claim or check may name.
struct ClaimRun {
  std::string name;   // replaces "{run}" in texts and names
  std::string label;  // replaces "{label}"
};

// Context of a claim: the planned measures, the file named in errors, the runs for "*" and the run for
// "{run}".
struct ClaimScope {
  const Measures& planned;
  std::string where;
  const std::vector<ClaimRun>& runs;
  const ClaimRun* run = nullptr;
};

// A literal number, or the name of a measure.
using Operand = std::variant<double, std::string>;

// Reads the keys of a check, one method per type. Every name must be a planned measure of the method's type;
// "*.test/mse" means that measure of every run. All methods throw usage Errors with the line.
class CheckReader {
 public:
  CheckReader(TomlReader& toml, const ClaimScope& scope) : toml_(toml), scope_(scope) {}

  // One or several numbers or samples; required. `Numbers` also accepts plain numbers.
  std::vector<Operand> Measured(const std::string& key);
  std::vector<Operand> Numbers(const std::string& key);
  // One number or sample; required.
  std::string OneNumber(const std::string& key);
  // One or several curves; required.
  std::vector<std::string> Curves(const std::string& key);
  std::string OneCurve(const std::string& key);
  // The name of a text measure, or nothing if `key` names another type.
  std::optional<std::string> TextMeasure(const std::string& key);
  // Measures of any type; none if the key is missing.
  std::vector<std::string> Names(const std::string& key);
  // A text; required. "{run}" and "{label}" are replaced.
  std::string Text(const std::string& key);
  // A number of at least 0.
  double Number(const std::string& key, double otherwise);
  std::optional<double> OptionalNumber(const std::string& key);
  // `count` numbers of at least 0, or one that is repeated; none if the key is missing.
  std::vector<double> OptionalNumbers(const std::string& key, size_t count);
  // One of `known`, by default the first.
  std::string Choice(const std::string& key, const std::vector<std::string>& known);

  std::string Place(const std::string& key) const;
  // Names of the measures read so far.
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<Operand> Read(const std::string& key, bool plain_numbers, bool curves);
  std::string Replaced(std::string text) const;
  std::vector<std::string> Expanded(const std::string& name) const;
  // The planned measure of that name.
  NamedValue Planned(const std::string& name, const std::string& key);

  TomlReader& toml_;
  const ClaimScope& scope_;
  std::vector<std::string> names_;
};

}  // namespace hourglass
