#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"

namespace hourglass {

// Gives the classes of `test` the labels that classes of the same name have in `train`; other classes follow
// behind these. If only one of the parts has names, the numbers of the other are the names of its classes.
// Changes nothing if both have numbers only, the same names, or one has no labels.
void MatchClasses(std::shared_ptr<const Dataset>& train, std::shared_ptr<const Dataset>& test);

// The same for any number of parts that are equal among each other. If each has its classes in the order of
// SortClasses, then so do all of them; else they are in the order in which they are met.
void MatchClasses(std::span<std::shared_ptr<const Dataset>> parts);

// Whether `name` is a whole number, of at most 18 digits.
bool IsNumber(std::string_view name);

// By name, or by number if all are numbers.
void SortClasses(std::vector<std::string>& names);

// The keys of classes in JSON: their names, or numbers of those without one. `names` are those of a data set,
// by label. Keys that would be alike (bytes that are not UTF-8 are lost) get numbers, as in ToldApart().
std::map<int32_t, std::string> ClassKeys(std::span<const std::string> names, std::span<const int32_t> labels);

// Values by label as a JSON object with these keys.
template <class Value>
Json ByClassKey(std::span<const std::string> names, const std::map<int32_t, Value>& values) {
  std::vector<int32_t> labels;
  for (const auto& [label, value] : values) labels.push_back(label);
  const std::map<int32_t, std::string> keys = ClassKeys(names, labels);
  Json json = Json::object();
  for (const auto& [label, value] : values) json[keys.at(label)] = value;
  return json;
}

}  // namespace hourglass
