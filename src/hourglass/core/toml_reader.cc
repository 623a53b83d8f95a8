#include "hourglass/core/toml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"

namespace hourglass {
namespace {

bool Convert(const toml::node& node, std::string& to) {
  if (const auto* value = node.as_string()) return to = value->get(), true;
  return false;
}
bool Convert(const toml::node& node, int64_t& to) {
  if (const auto* value = node.as_integer()) return to = value->get(), true;
  return false;
}
bool Convert(const toml::node& node, double& to) {
  if (const auto* value = node.as_floating_point()) return to = value->get(), true;
  if (const auto* value = node.as_integer()) return to = static_cast<double>(value->get()), true;
  return false;
}
bool Convert(const toml::node& node, bool& to) {
  if (const auto* value = node.as_boolean()) return to = value->get(), true;
  return false;
}
template <class T>
bool Convert(const toml::node& node, std::vector<T>& to) {
  const auto* array = node.as_array();
  if (array == nullptr) return false;
  to.clear();
  return std::ranges::all_of(*array,
                             [&](const toml::node& item) { return Convert(item, to.emplace_back()); });
}

const char* Describe(const std::string&) {
  return "a string";
}
const char* Describe(int64_t) {
  return "a whole number";
}
const char* Describe(double) {
  return "a number";
}
const char* Describe(bool) {
  return "true or false";
}
template <class T>
const char* Describe(const std::vector<T>&) {
  if constexpr (std::is_same_v<T, std::string>) return "a list of strings";
  if constexpr (std::is_same_v<T, int64_t>) return "a list of whole numbers";
  return "a list of numbers";
}

}  // namespace

toml::table ParseToml(std::string_view text, const std::string& where) {
  try {
    return toml::parse(text, where);
  } catch (const toml::parse_error& error) {
    throw UsageError({.what = fmt::format("{}:{}: not TOML", where, error.source().begin.line),
                      .got = std::string(error.description())});
  }
}

const toml::node* TomlReader::Find(const std::string& key) {
  known_.push_back(key);
  return table_.get(key);
}

std::string TomlReader::Place(const std::string& key) const {
  const toml::node* node = table_.get(key);
  return fmt::format("{}:{}", where_, (node != nullptr ? *node : table_).source().begin.line);
}

void TomlReader::Refuse(const std::string& key, const char* expected) const {
  std::ostringstream got;
  if (const toml::node* node = table_.get(key)) got << node->type();
  throw UsageError({.what = got.view().empty() ? fmt::format("{}: '{}' is missing", Place(key), key)
                                               : fmt::format("{}: bad value for '{}'", Place(key), key),
                    .expected = expected,
                    .got = got.str()});
}

template <class T>
void TomlReader::Optional(const std::string& key, T& to) {
  const toml::node* node = Find(key);
  if (node != nullptr && !Convert(*node, to)) Refuse(key, Describe(to));
}

template <class T>
void TomlReader::Required(const std::string& key, T& to) {
  Optional(key, to);
  if (table_.get(key) == nullptr) Refuse(key, Describe(to));
}

template void TomlReader::Optional(const std::string&, std::string&);
template void TomlReader::Optional(const std::string&, int64_t&);
template void TomlReader::Optional(const std::string&, double&);
template void TomlReader::Optional(const std::string&, bool&);
template void TomlReader::Optional(const std::string&, std::vector<std::string>&);
template void TomlReader::Optional(const std::string&, std::vector<int64_t>&);
template void TomlReader::Optional(const std::string&, std::vector<double>&);
template void TomlReader::Required(const std::string&, std::string&);
template void TomlReader::Required(const std::string&, std::vector<double>&);

void CheckKnown(const std::string& name, const std::vector<std::string>& known, std::string_view what,
                const std::string& place) {
  if (std::ranges::find(known, name) != known.end()) return;
  throw UsageError(
      {.what = fmt::format("{}: unknown {} '{}'", place, what, name), .hint = DidYouMean(name, known)});
}

const toml::table& TomlReader::Table(const std::string& key) {
  static const toml::table kEmpty;
  const toml::node* node = Find(key);
  if (node == nullptr) return kEmpty;
  if (!node->is_table()) Refuse(key, "a table");
  return *node->as_table();
}

std::vector<const toml::table*> TomlReader::Tables(const std::string& key) {
  std::vector<const toml::table*> tables;
  const toml::node* node = Find(key);
  if (node == nullptr) return tables;
  if (!node->is_array_of_tables()) Refuse(key, fmt::format("[[{}]] tables", key).c_str());
  for (const toml::node& item : *node->as_array()) tables.push_back(item.as_table());
  return tables;
}

void TomlReader::Finish() const {
  for (const auto& [key, node] : table_) {
    const std::string name(key.str());
    if (std::ranges::find(known_, name) != known_.end()) continue;
    throw UsageError({.what = fmt::format("{}:{}: unknown key '{}'", where_, key.source().begin.line, name),
                      .hint = DidYouMean(name, known_)});
  }
}

}  // namespace hourglass
