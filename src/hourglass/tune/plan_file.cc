#include "hourglass/tune/plan_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

// The name of the first member in which `a` and `b` differ, or "".
std::string Difference(const Json& a, const Json& b) {
  for (const Json* one : {&a, &b}) {
    const Json& other = one == &a ? b : a;
    for (const auto& [key, value] : one->items()) {
      if (!other.contains(key)) return key;
      if (value == other[key]) continue;
      const bool objects = value.is_object() && other[key].is_object();
      return objects ? key + "." + Difference(value, other[key]) : key;
    }
  }
  return "";
}

std::string TextAt(const Json& plan, const std::string& member) {
  std::string pointer = "/" + member;
  std::ranges::replace(pointer, '.', '/');
  const Json::json_pointer place(pointer);
  return plan.contains(place) ? plan.at(place).dump() : "nothing";
}

}  // namespace

void CheckNotOfOthers(const std::filesystem::path& folder, std::string_view own) {
  constexpr std::pair<const char*, const char*> kOwners[] = {
      {"run.json", "run"}, {"search.json", "search"}, {"sweep.json", "sweep"}, {"study.json", "study"}};
  for (const auto& [file, owner] : kOwners) {
    if (file == own || !std::filesystem::exists(folder / file)) continue;
    throw UsageError({.what = fmt::format("{} is the folder of a {}", folder.string(), owner),
                      .hint = "name another folder",
                      .setting = "out"});
  }
}

void KeepPlan(const std::filesystem::path& path, const Json& plan) {
  if (!std::filesystem::exists(path)) {
    CheckNotOfOthers(path.parent_path(), path.filename().string());
    return WriteJson(path, plan);
  }
  Json kept = ReadJson(path);
  if (!kept.is_object())
    throw DataError({.what = fmt::format("{} is damaged", path.string()), .expected = "a JSON object"});
  const Json::json_pointer place("/config/data");  // data_checksum identifies the data, wherever it is stored
  if (kept.contains(place) && plan.contains(place)) kept[place] = plan.at(place);
  const std::string member = Difference(kept, plan);
  if (member.empty()) return;
  throw UsageError(
      {.what = fmt::format("{} was started with another '{}'", path.parent_path().string(), member),
       .expected = TextAt(kept, member),
       .got = TextAt(plan, member),
       .hint = "name another folder",
       .setting = "out"});
}

Json PlanOf(const TrainConfig& config, const DataSplits& data) {
  Json values = ToJson(config);
  for (const char* free : {"data_dir", "name", "checkpoint_every"}) values.erase(free);
  return {{"schema_version", 1}, {"data_checksum", data.checksum}, {"config", std::move(values)}};
}

}  // namespace hourglass
