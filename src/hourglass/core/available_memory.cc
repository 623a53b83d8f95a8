#include "hourglass/core/available_memory.h"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kUnknown = std::numeric_limits<int64_t>::max();
constexpr int64_t kKiB = 1024;

// The number after the word `key`, in a file with one such pair per line; with an empty key, the only number
// of the file. Empty if there is none.
std::optional<int64_t> NumberIn(const fs::path& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    int64_t number = 0;
    if (!key.empty() && !(words >> word && word == key)) continue;
    if (words >> number) return number;
  }
  return std::nullopt;
}

// How control groups of one version say what a group may use, and what it uses apart from files on disk.
struct GroupFiles {
  const char* mount;
  const char* limit;
  const char* used[2];  // in memory.stat: memory of processes, files in memory
};

constexpr GroupFiles kVersion1 = {
    "/sys/fs/cgroup/memory", "memory.limit_in_bytes", {"total_rss", "total_shmem"}};
constexpr GroupFiles kVersion2 = {"/sys/fs/cgroup", "memory.max", {"anon", "shmem"}};

// What a group, such as "/user/me", and all groups around it leave. A container may see its own group as the
// outermost.
int64_t LeftByGroup(const GroupFiles& files, fs::path group) {
  int64_t left = kUnknown;
  while (true) {
    const fs::path folder = fs::path(files.mount) / group.relative_path();
    if (const auto limit = NumberIn(folder / files.limit, "")) {
      int64_t used = 0;
      for (const char* key : files.used) used += NumberIn(folder / "memory.stat", key).value_or(0);
      left = std::min(left, *limit - used);
    }
    if (!group.has_relative_path()) return left;
    group = group.parent_path();
  }
}

// Lines of /proc/self/cgroup are "number:controllers,separated:group", without controllers in version 2.
int64_t LeftByGroups() {
  int64_t left = kUnknown;
  std::ifstream groups("/proc/self/cgroup");
  std::string number, controllers, group;
  while (std::getline(groups, number, ':') && std::getline(groups, controllers, ':') &&
         std::getline(groups, group)) {
    if (controllers.empty()) left = std::min(left, LeftByGroup(kVersion2, group));
    if (("," + controllers + ",").find(",memory,") != std::string::npos)
      left = std::min(left, LeftByGroup(kVersion1, group));
  }
  return left;
}

int64_t LeftByDataLimit() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_DATA, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kUnknown;
  return static_cast<int64_t>(limit.rlim_cur) - NumberIn("/proc/self/status", "VmData:").value_or(0) * kKiB;
}

}  // namespace

int64_t AvailableMemory() {
  const auto system = NumberIn("/proc/meminfo", "MemAvailable:");
  const int64_t left = std::min({system ? *system * kKiB : kUnknown, LeftByGroups(), LeftByDataLimit()});
  return std::max<int64_t>(left, 0);
}

}  // namespace hourglass
