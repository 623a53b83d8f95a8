// hourglass data cache: lists and clears the sets that are kept decoded.
#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "app/commands.h"
#include "hourglass/core/json.h"
#include "hourglass/core/text.h"
#include "hourglass/data/formats/picture_cache.h"

namespace hourglass::app {
namespace {

struct DataCacheFlags {
  bool clear = false, json = false;
};

void ListCache(const DataCacheFlags& flags) {
  const std::vector<CachedSet> sets = flags.clear ? ClearCachedSets() : CachedSets();
  Json json = Json::array();
  uint64_t all = 0;
  for (const CachedSet& set : sets) {
    json.push_back({{"file", set.file.string()}, {"bytes", set.bytes}, {"source", set.source}});
    all += set.bytes;
  }
  if (flags.json) {
    std::cout << IndentedText({{"schema_version", 1},
                               {"folder", CachedSetsDir().string()},
                               {flags.clear ? "removed" : "sets", json}})
              << "\n";
    return;
  }
  for (const CachedSet& set : sets) {
    std::cout << fmt::format("{:>15}  {}\n", Grouped(static_cast<int64_t>(set.bytes)),
                             set.source.empty() ? set.file.string() : set.source);
  }
  std::cout << fmt::format("{:>15}  bytes {} {}\n", Grouped(static_cast<int64_t>(all)),
                           flags.clear ? "removed from" : "in", CachedSetsDir().string());
}

}  // namespace

void AddDataCacheCommand(const Command& data) {
  auto options = std::make_shared<DataCacheFlags>();
  const Command command = data.AddCommand("cache", "List or clear the sets kept decoded",
                                          "hourglass data cache\n"
                                          "hourglass data cache --clear                      remove them");
  command.AddSwitch("--clear", options->clear, "Remove them");
  command.AddSwitch("--json", options->json, "Print JSON");
  command.OnRun([options] { ListCache(*options); });
}

}  // namespace hourglass::app
