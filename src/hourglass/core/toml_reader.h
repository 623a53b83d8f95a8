// Strict TOML reading: every key in a table must be read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace hourglass {

// Parses `text`. Throws a usage Error that names `where` and the line if it is not TOML.
toml::table ParseToml(std::string_view text, const std::string& where);

// Unless `name` is in `known`, throws a usage Error that names `place` and suggests the nearest name. `what`
// is the kind of name: "run".
void CheckKnown(const std::string& name, const std::vector<std::string>& known, std::string_view what,
                const std::string& place);

class TomlReader {
 public:
  // `where` names the file in errors; `table` must outlive the reader.
  TomlReader(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

  // Writes the value of `key`, if present, to `to`: std::string, int64_t, double, bool, or a vector of one of
  // the first three. Throws a usage Error that names the line if it has another type. A whole number is
  // accepted for a double.
  template <class T>
  void Optional(const std::string& key, T& to);
  // The same, but throws a usage Error if `key` is missing.
  template <class T>
  void Required(const std::string& key, T& to);

  // The table or list of tables `key`; empty if it is missing.
  const toml::table& Table(const std::string& key);
  std::vector<const toml::table*> Tables(const std::string& key);

  // True if `key` is present.
  bool Has(const std::string& key) { return Find(key) != nullptr; }

  // The raw value of `key`, for values without a fixed type; null if it is missing.
  const toml::node* Find(const std::string& key);

  // Throws a usage Error for the first key that was not read, and suggests the nearest key that was.
  void Finish() const;

  // "lab.toml:12": the line of `key`, or of the table if it is missing.
  std::string Place(const std::string& key) const;

 private:
  [[noreturn]] void Refuse(const std::string& key, const char* expected) const;

  const toml::table& table_;
  std::string where_;
  std::vector<std::string> known_;
};

}  // namespace hourglass
