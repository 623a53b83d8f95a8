#include "hourglass/data/locate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string_view>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/data/open_data.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// One of the four files of a data set.
struct FileRole {
  std::vector<const char*> stems;
  std::vector<const char*> axes;
};
const std::array<FileRole, 4> kRoles = {{{{"train-images"}, {"idx3", "idx4"}},
                                         {{"train-labels"}, {"idx1"}},
                                         {{"t10k-images", "test-images"}, {"idx3", "idx4"}},
                                         {{"t10k-labels", "test-labels"}, {"idx1"}}}};

// The types of elements, as names of files end: "idx3-ubyte".
constexpr std::string_view kTypeNames[] = {"ubyte", "byte", "short", "int", "float", "double"};

// All possible names of the file, preferred ones first.
std::vector<std::string> NamesOf(const FileRole& role) {
  std::vector<std::string> names;
  for (const char* stem : role.stems) {
    for (const std::string_view type : kTypeNames) {
      for (const char* axes : role.axes) {
        for (const char* separator : {"-", "."}) {
          for (const char* suffix : {"", ".gz"})
            names.push_back(fmt::format("{}{}{}-{}{}", stem, separator, axes, type, suffix));
        }
      }
    }
  }
  return names;
}

std::optional<fs::path> FindFile(const fs::path& folder, const std::string& prefix, const FileRole& role) {
  for (const std::string& name : NamesOf(role)) {
    std::error_code error;
    if (fs::path path = folder / (prefix + name); fs::exists(path, error)) return path;
  }
  return std::nullopt;
}

// The prefixes before "train-images-idx3-ubyte" in the names of `folder`'s files, including the "-".
std::set<std::string> Prefixes(const fs::path& folder) {
  std::set<std::string> prefixes;
  const std::vector<std::string> names = NamesOf(kRoles.front());
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string file = entry.path().filename().string();
    for (const std::string& name : names) {
      if (file.starts_with(".") || !file.ends_with("-" + name)) continue;
      prefixes.insert(file.substr(0, file.size() - name.size()));
    }
  }
  return prefixes;
}

bool ReplaceLast(std::string& text, std::string_view from, std::string_view to) {
  const size_t at = text.rfind(from);
  if (at == std::string::npos) return false;
  text.replace(at, from.size(), to);
  return true;
}

}  // namespace

std::filesystem::path UserCacheDir() {
  const std::string cache = Variable("XDG_CACHE_HOME");
  if (fs::path(cache).is_absolute()) return fs::path(cache) / "hourglass";
  const std::string home = Variable("HOME");
  if (!home.empty()) return fs::path(home) / ".cache" / "hourglass";
  throw SystemError({.what = "there is no folder for downloaded data",
                     .expected = "$XDG_CACHE_HOME or $HOME",
                     .got = "neither is set",
                     .hint = "choose a folder",
                     .setting = "data_dir"});
}

std::optional<IdxFiles> FindIdxFiles(const fs::path& folder, const std::string& prefix) {
  std::array<fs::path, 4> paths;
  std::vector<std::string> found;
  std::vector<std::string> missing;
  for (size_t i = 0; i < kRoles.size(); ++i) {
    if (const auto path = FindFile(folder, prefix, kRoles[i])) {
      paths[i] = *path;
      found.push_back(path->filename().string());
    } else {
      missing.push_back(prefix + NamesOf(kRoles[i]).front());
    }
  }
  if (found.empty()) return std::nullopt;
  if (!missing.empty()) {
    throw DataError({.what = fmt::format("{} holds only part of a data set", folder.string()),
                     .expected = fmt::format("also {} (or .gz)", fmt::join(missing, ", ")),
                     .got = fmt::format("only {}", fmt::join(found, ", ")),
                     .hint = "add the missing files (`hourglass data fetch` has those of known sets) to",
                     .setting = "data_dir = " + folder.string()});
  }
  return IdxFiles{paths[0], paths[1], paths[2], paths[3]};
}

std::optional<IdxFiles> FindIdxSet(const fs::path& place) {
  std::error_code error;
  if (!fs::is_directory(place, error)) {
    if (fs::exists(place, error) || !place.has_parent_path()) return std::nullopt;
    return FindIdxFiles(place.parent_path(), place.filename().string() + "-");
  }
  if (const auto files = FindIdxFiles(place)) return files;
  const std::set<std::string> prefixes = Prefixes(place);
  if (prefixes.empty()) return std::nullopt;
  if (prefixes.size() == 1) return FindIdxFiles(place, *prefixes.begin());
  std::vector<std::string> names;
  for (const std::string& prefix : prefixes) names.push_back(prefix.substr(0, prefix.size() - 1));
  throw DataError({.what = fmt::format("{} holds several data sets", place.string()),
                   .expected = "one data set, or the path FOLDER/NAME",
                   .got = fmt::format("{}", fmt::join(names, ", ")),
                   .hint = fmt::format("choose one: {}", (place / names.front()).string())});
}

std::optional<fs::path> FindLabelsBeside(const fs::path& images) {
  std::string name = images.filename().string();
  if (!ReplaceLast(name, "images", "labels")) return std::nullopt;
  if (!ReplaceLast(name, "idx3", "idx1")) ReplaceLast(name, "idx4", "idx1");
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  const size_t type_at = name.find_last_of('-') + 1;
  const bool typed = std::ranges::find(kTypeNames, name.substr(type_at)) != std::end(kTypeNames);
  for (const std::string_view type : kTypeNames) {
    if (typed) name.replace(type_at, std::string::npos, type);
    for (const char* suffix : {"", ".gz"}) {
      const fs::path path = images.parent_path() / (name + suffix);
      std::error_code error;
      if (fs::exists(path, error)) return path;
    }
  }
  return std::nullopt;
}

std::vector<fs::path> PlacesOf(const NamedSet& set, const DataOptions& options) {
  std::vector<fs::path> places;
  const auto add = [&](const fs::path& place) {
    const fs::path folder = (place / "").lexically_normal();
    const auto same = [&](const fs::path& other) { return (other / "").lexically_normal() == folder; };
    if (std::ranges::none_of(places, same)) places.push_back(place);
  };
  for (const fs::path& data : {options.data_dir, fs::path(Variable("HOURGLASS_DATA_DIR"))}) {
    if (data.empty()) continue;
    const bool is_named_so = (data / "").parent_path().filename() == set.folder;
    const bool first = set.at_root || is_named_so;
    if (first) add(data);
    if (!is_named_so) add(data / set.folder);
    if (!first && set.own_file_names) add(data);
  }
  const bool has_cache = !Variable("HOME").empty() || fs::path(Variable("XDG_CACHE_HOME")).is_absolute();
  if (has_cache) add(UserCacheDir() / set.folder);
  return places;
}

}  // namespace hourglass
