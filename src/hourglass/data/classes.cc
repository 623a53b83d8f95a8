#include "hourglass/data/classes.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "hourglass/core/text.h"

namespace hourglass {
namespace {

// A data set with other labels.
class Relabelled : public Dataset {
 public:
  Relabelled(std::shared_ptr<const Dataset> whole, std::vector<int32_t> labels,
             std::vector<std::string> names)
      : whole_(std::move(whole)), labels_(std::move(labels)), names_(std::move(names)) {}

  int64_t size() const override { return whole_->size(); }
  Shape image_shape() const override { return whole_->image_shape(); }
  std::span<const int32_t> labels() const override { return labels_; }
  std::span<const std::string> class_names() const override { return names_; }
  std::string image_name(int64_t id) const override { return whole_->image_name(id); }
  LocatedPixels Locate(std::span<const int64_t> ids, PixelRoom& room) const override {
    return whole_->Locate(ids, room);
  }
  void Expect(std::span<const int64_t> ids) const override { whole_->Expect(ids); }

 private:
  std::shared_ptr<const Dataset> whole_;
  std::vector<int32_t> labels_;
  std::vector<std::string> names_;
};

// All classes by label; those without names are called by their numbers.
std::vector<std::string> ClassesOf(const Dataset& data) {
  if (!data.class_names().empty()) return {data.class_names().begin(), data.class_names().end()};
  const std::set<int32_t> labels(data.labels().begin(), data.labels().end());
  std::vector<std::string> names;
  for (const int32_t label : labels) names.push_back(ClassName(data, label));
  return names;
}

// Whether a label is the same class in all parts.
bool AreMatched(std::span<const std::shared_ptr<const Dataset>> parts) {
  const auto has_no_labels = [](const auto& part) { return part->labels().empty(); };
  const auto is_like_first = [&](const auto& part) {
    return std::ranges::equal(part->class_names(), parts.front()->class_names());
  };
  return std::ranges::any_of(parts, has_no_labels) || std::ranges::all_of(parts, is_like_first);
}

// The classes of all parts, in the order in which they are met.
std::vector<std::string> AllClasses(std::span<const std::shared_ptr<const Dataset>> parts) {
  std::vector<std::string> names;
  std::set<std::string> met;
  for (const auto& part : parts) {
    for (const std::string& name : ClassesOf(*part)) {
      if (met.insert(name).second) names.push_back(name);
    }
  }
  return names;
}

std::vector<std::string> Sorted(std::vector<std::string> names) {
  SortClasses(names);
  return names;
}

// The data with the places of its classes in `places` as labels.
std::shared_ptr<const Dataset> Relabel(const std::shared_ptr<const Dataset>& data,
                                       const std::map<std::string, int32_t>& places,
                                       const std::vector<std::string>& names) {
  std::map<int32_t, int32_t> changed;
  std::vector<int32_t> labels;
  for (const int32_t label : data->labels()) {
    const auto [found, first] = changed.try_emplace(label);
    if (first) found->second = places.at(ClassName(*data, label));
    labels.push_back(found->second);
  }
  return std::make_shared<const Relabelled>(data, std::move(labels), names);
}

// Makes places in `names` the labels of all parts.
void Unify(const std::vector<std::string>& names, std::span<std::shared_ptr<const Dataset>> parts) {
  std::map<std::string, int32_t> places;
  for (const std::string& name : names) places.emplace(name, static_cast<int32_t>(places.size()));
  for (auto& part : parts) part = Relabel(part, places, names);
}

}  // namespace

bool IsNumber(std::string_view name) {
  return !name.empty() && name.size() <= 18 &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; });
}

void SortClasses(std::vector<std::string>& names) {
  std::ranges::sort(names);
  if (!std::ranges::all_of(names, IsNumber)) return;
  std::ranges::stable_sort(names, std::less<>(), [](const std::string& name) { return std::stoll(name); });
}

void MatchClasses(std::shared_ptr<const Dataset>& train, std::shared_ptr<const Dataset>& test) {
  std::shared_ptr<const Dataset> parts[] = {train, test};
  if (AreMatched(parts)) return;
  Unify(AllClasses(parts), parts);
  train = parts[0];
  test = parts[1];
}

void MatchClasses(std::span<std::shared_ptr<const Dataset>> parts) {
  if (AreMatched(parts)) return;
  std::vector<std::string> names = AllClasses(parts);
  const auto is_sorted = [](const std::shared_ptr<const Dataset>& part) {
    const std::vector<std::string> classes = ClassesOf(*part);
    return classes == Sorted(classes);
  };
  if (std::ranges::all_of(parts, is_sorted)) names = Sorted(std::move(names));
  Unify(names, parts);
}

std::map<int32_t, std::string> ClassKeys(std::span<const std::string> names,
                                         std::span<const int32_t> labels) {
  std::vector<std::string> keys;
  for (const std::string& name : names) keys.push_back(AsUtf8(name));
  std::map<int32_t, size_t> places;
  for (const int32_t label : labels) {
    const bool named = std::cmp_less(label, names.size());
    const bool first = places.try_emplace(label, named ? static_cast<size_t>(label) : keys.size()).second;
    if (first && !named) keys.push_back(ClassName(names, label));
  }
  keys = ToldApart(keys, std::numeric_limits<size_t>::max());
  std::map<int32_t, std::string> by_label;
  for (const auto& [label, place] : places) by_label[label] = keys[place];
  return by_label;
}

}  // namespace hourglass
