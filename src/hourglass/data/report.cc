#include "hourglass/data/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "hourglass/core/text.h"

namespace hourglass {

void DataReport::Add(const DataReport& part) {
  found += part.found;
  left_out.insert(left_out.end(), part.left_out.begin(), part.left_out.end());
  hidden += part.hidden;
  for (const auto& [extension, count] : part.others) others[extension] += count;
  for (const std::string& folder : part.unused) {
    if (std::ranges::find(unused, folder) == unused.end()) unused.push_back(folder);
  }
  counts.Add(part.counts);
}

std::vector<std::string> OthersInWords(const std::map<std::string, int64_t>& others) {
  std::vector<std::string> words;
  for (const auto& [extension, count] : others) {
    words.push_back(fmt::format("{} {}", Counted(count, "file", "files"),
                                extension.empty() ? "without an extension" : "of kind " + extension));
  }
  return words;
}

Json LeftOutJson(const DataReport& report) {
  Json json = Json::array();
  for (const LeftOut& one : report.left_out)
    json.push_back({{"name", AsUtf8(one.name)}, {"reason", AsUtf8(one.reason)}});
  return json;
}

std::string NoteOf(const DataReport& report, const PictureForm& asked, const PictureForm& form) {
  std::vector<std::string> notes;
  const auto pictures = [](int64_t count) { return Counted(count, "picture", "pictures"); };
  if (!report.left_out.empty()) {
    notes.push_back(fmt::format("{} of {} left out ({})", Grouped(std::ssize(report.left_out)),
                                pictures(report.found), report.left_out.front().reason));
  }
  for (const std::string& files : OthersInWords(report.others)) notes.push_back(files + " not read");
  if (!report.unused.empty()) notes.push_back(fmt::format("not used: {}", fmt::join(report.unused, ", ")));
  const PictureCounts& counts = report.counts;
  int64_t grey = 0, colour = 0, deep = 0;
  for (const auto& [channels, count] : counts.channels) (channels <= 2 ? grey : colour) += count;
  for (const auto& [bits, count] : counts.bits) deep += bits > 8 ? count : 0;
  const bool chosen = asked.channels == ColourChannels::kAuto;
  if (chosen && form.channels == ColourChannels::kGrey && colour > 0)
    notes.push_back(fmt::format("{} of colour read as grey, like most", pictures(colour)));
  if (chosen && form.channels == ColourChannels::kRgb && grey > 0)
    notes.push_back(fmt::format("{} of grey read as rgb", pictures(grey)));
  if (counts.alpha() > 0)
    notes.push_back(fmt::format("{} with transparency laid over the background", pictures(counts.alpha())));
  if (deep > 0) notes.push_back(fmt::format("{} rounded to 8 bits", pictures(deep)));
  if (counts.cmyk > 0) notes.push_back(fmt::format("{} converted from CMYK", pictures(counts.cmyk)));
  if (counts.rotated > 0) notes.push_back(fmt::format("{} set upright", pictures(counts.rotated)));
  return fmt::format("{}", fmt::join(notes, "; "));
}

}  // namespace hourglass
