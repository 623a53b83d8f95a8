#include "hourglass/data/report_json.h"

#include <utility>

namespace hourglass {
namespace {

// A map, as a list of pairs.
template <class Key>
Json PairsJson(const std::map<Key, int64_t>& counts) {
  Json json = Json::array();
  for (const auto& [key, count] : counts) {
    if constexpr (std::is_same_v<Key, PictureSize>)
      json.push_back({ToString(key), count});
    else if constexpr (std::is_same_v<Key, std::string>)
      json.push_back({AsUtf8(key), count});
    else
      json.push_back({key, count});
  }
  return json;
}

template <class Key>
std::map<Key, int64_t> PairsFromJson(const Json& json) {
  std::map<Key, int64_t> counts;
  for (const Json& pair : json) {
    if constexpr (std::is_same_v<Key, PictureSize>)
      counts[ParsePictureSize(pair.at(0).get<std::string>())] = pair.at(1);
    else
      counts[pair.at(0).get<Key>()] = pair.at(1);
  }
  return counts;
}

Json CountsJson(const PictureCounts& counts) {
  return {{"formats", PairsJson(counts.formats)},
          {"sizes", PairsJson(counts.sizes)},
          {"channels", PairsJson(counts.channels)},
          {"bits", PairsJson(counts.bits)},
          {"palettes", counts.palettes},
          {"cmyk", counts.cmyk},
          {"rotated", counts.rotated}};
}

PictureCounts CountsFromJson(const Json& json) {
  return {.formats = PairsFromJson<std::string>(json.at("formats")),
          .sizes = PairsFromJson<PictureSize>(json.at("sizes")),
          .channels = PairsFromJson<int>(json.at("channels")),
          .bits = PairsFromJson<int>(json.at("bits")),
          .palettes = json.at("palettes"),
          .cmyk = json.at("cmyk"),
          .rotated = json.at("rotated")};
}

Json LeftOutFileJson(const LeftOut& file) {
  return {AsUtf8(file.name), AsUtf8(file.reason), AsUtf8(file.hint)};
}

LeftOut LeftOutFileFromJson(const Json& json) {
  return {.name = json.at(0), .reason = json.at(1), .hint = json.at(2)};
}

}  // namespace

Json ToJson(const DataReport& report) {
  Json left_out = Json::array(), unused = Json::array();
  for (const LeftOut& file : report.left_out) left_out.push_back(LeftOutFileJson(file));
  for (const std::string& folder : report.unused) unused.push_back(AsUtf8(folder));
  return {{"found", report.found},   {"left_out", left_out},
          {"hidden", report.hidden}, {"others", PairsJson(report.others)},
          {"unused", unused},        {"counts", CountsJson(report.counts)}};
}

DataReport ReportFromJson(const Json& json) {
  DataReport report{.found = json.at("found"),
                    .left_out = {},
                    .hidden = json.at("hidden"),
                    .others = PairsFromJson<std::string>(json.at("others")),
                    .unused = json.at("unused"),
                    .counts = CountsFromJson(json.at("counts"))};
  for (const Json& file : json.at("left_out")) report.left_out.push_back(LeftOutFileFromJson(file));
  return report;
}

Json ToJson(const ReadingState& state) {
  const PictureForm& form = state.form;
  Json left_out = Json::array();
  for (const auto& [file, one] : state.left_out) left_out.push_back({file, LeftOutFileJson(one)});
  return {{"size", form.size ? ToString(*form.size) : ""},
          {"fit", form.fit},
          {"channels", form.channels},
          {"background", form.background},
          {"any_size", state.any_size},
          {"done", state.done},
          {"counts", CountsJson(state.counts)},
          {"left_out", left_out}};
}

ReadingState ReadingStateFromJson(const Json& json) {
  ReadingState state{
      .form = {.fit = json.at("fit"), .channels = json.at("channels"), .background = json.at("background")},
      .any_size = json.at("any_size"),
      .done = json.at("done"),
      .counts = CountsFromJson(json.at("counts"))};
  const std::string size = json.at("size");
  if (!size.empty()) state.form.size = ParsePictureSize(size);
  for (const Json& pair : json.at("left_out"))
    state.left_out[pair.at(0).get<size_t>()] = LeftOutFileFromJson(pair.at(1));
  return state;
}

}  // namespace hourglass
