// Reads the keys of a claim's checks, and the measures that they name.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hourglass/study/measures.h"

namespace hourglass {

class TomlReader;

// A run that `runs` of a claim or check may name.
struct ClaimRun {
  std::string name;   // replaces "{run}" in texts and names
  std::string label;  // replaces "{label}"
};

// Where a claim is read: what may be named, the file for errors, the runs that "*" stands for, and the run
// that replaces "{run}".
struct ClaimScope {
  const Measures& planned;
  std::string where;
  const std::vector<ClaimRun>& runs;
  const ClaimRun* run = nullptr;
};

// A number as the recipe gives it, or the name of a measure.
using Operand = std::variant<double, std::string>;

// Reads the keys of a check, one method per type. Every name must be planned and of the type that the method
// says; "*.test/mse" stands for that measure of every run. All throw usage Errors with the line.
class CheckReader {
 public:
  CheckReader(TomlReader& toml, const ClaimScope& scope) : toml_(toml), scope_(scope) {}

  // One or several numbers or samples; required. `Numbers` takes plain numbers too.
  std::vector<Operand> Measured(const std::string& key);
  std::vector<Operand> Numbers(const std::string& key);
  // One number or sample; required.
  std::string OneNumber(const std::string& key);
  // One or several curves; required.
  std::vector<std::string> Curves(const std::string& key);
  std::string OneCurve(const std::string& key);
  // The name of a text measure, or nothing when `key` names another.
  std::optional<std::string> TextMeasure(const std::string& key);
  // Measures of any type; none when the key is missing.
  std::vector<std::string> Names(const std::string& key);
  // A text; required. "{run}" and "{label}" are replaced.
  std::string Text(const std::string& key);
  // A number of at least 0.
  double Number(const std::string& key, double otherwise);
  std::optional<double> OptionalNumber(const std::string& key);
  // Numbers of at least 0: `count` of them, or one that is repeated; none when the key is missing.
  std::vector<double> OptionalNumbers(const std::string& key, size_t count);
  // One of `known`, by default the first.
  std::string Choice(const std::string& key, const std::vector<std::string>& known);

  std::string Place(const std::string& key) const;
  // Of the measures read so far.
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
