// Strict TOML reading: every key in a table must have been asked for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace hourglass {

// Parses `text`; a usage Error names `where` and the line at which it is not TOML.
toml::table ParseToml(std::string_view text, const std::string& where);

// Throws a usage Error that names `place` unless `name` is one of `known`, with the nearest of them; `what`
// is the kind of name: "run".
void CheckKnown(const std::string& name, const std::vector<std::string>& known, std::string_view what,
                const std::string& place);

class TomlReader {
 public:
  // `where` names the file in errors; `table` must outlive the reader.
  TomlReader(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

  // Writes the value of `key`, when it is there, to `to`: std::string, int64_t, double, bool or a vector of
  // one of the first three. A usage Error names the line when it has another type. A whole number is accepted
  // for a double.
  template <class T>
  void Optional(const std::string& key, T& to);
  // The same, but a usage Error when it is missing.
  template <class T>
  void Required(const std::string& key, T& to);

  // The table or the list of tables `key`; empty when it is missing.
  const toml::table& Table(const std::string& key);
  std::vector<const toml::table*> Tables(const std::string& key);

  // Whether `key` is there.
  bool Has(const std::string& key) { return Find(key) != nullptr; }

  // The value of `key` as it is, for values without a fixed type; null when it is missing.
  const toml::node* Find(const std::string& key);

  // Throws a usage Error for the first key that was not asked for, with the nearest that was.
  void Finish() const;

  // "lab.toml:12", where the value of `key` stands, or the table when it is missing.
  std::string Place(const std::string& key) const;

 private:
  [[noreturn]] void Refuse(const std::string& key, const char* expected) const;

  const toml::table& table_;
  std::string where_;
  std::vector<std::string> known_;
};

}  // namespace hourglass
