#include "hourglass/data/locate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstdlib>
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

// `stem` is "train-images", `rank` the digit in "idx3".
std::optional<fs::path> FindIdxFile(const fs::path& folder, const std::string& stem,
                                    const std::string& ranks) {
  for (const char rank : ranks) {
    for (const char* separator : {"-", "."}) {
      for (const char* suffix : {"", ".gz"}) {
        const fs::path path = folder / fmt::format("{}{}idx{}-ubyte{}", stem, separator, rank, suffix);
        std::error_code error;
        if (fs::exists(path, error)) return path;
      }
    }
  }
  return std::nullopt;
}

bool ReplaceLast(std::string& text, std::string_view from, std::string_view to) {
  const size_t at = text.rfind(from);
  if (at == std::string::npos) return false;
  text.replace(at, from.size(), to);
  return true;
}

}  // namespace

const std::vector<NamedData>& NamedDataSets() {
  static const std::vector<NamedData> kSets = {
      {"mnist", "handwritten digits, 28 x 28, 60,000 to train on and 10,000 to test (LeCun, Cortes, Burges)"},
      {"digits", "handwritten-like digits in the format of MNIST, drawn by this program; needs no download"}};
  return kSets;
}

std::filesystem::path UserCacheDir() {
  const std::string cache = Variable("XDG_CACHE_HOME");
  if (fs::path(cache).is_absolute()) return fs::path(cache) / "hourglass";
  const std::string home = Variable("HOME");
  if (!home.empty()) return fs::path(home) / ".cache" / "hourglass";
  throw SystemError({.what = "there is no folder for downloaded data",
                     .expected = "$XDG_CACHE_HOME or $HOME",
                     .got = "neither is set",
                     .hint = "name a folder",
                     .setting = "data_dir"});
}

std::optional<IdxFiles> FindIdxFiles(const fs::path& folder) {
  const std::array<std::pair<const char*, const char*>, 4> names = {
      {{"train-images", "34"}, {"train-labels", "1"}, {"t10k-images", "34"}, {"t10k-labels", "1"}}};
  std::array<fs::path, 4> paths;
  std::vector<std::string> found;
  std::vector<std::string> missing;
  for (size_t i = 0; i < names.size(); ++i) {
    if (const auto path = FindIdxFile(folder, names[i].first, names[i].second)) {
      paths[i] = *path;
      found.push_back(path->filename().string());
    } else {
      missing.push_back(fmt::format("{}-idx{}-ubyte", names[i].first, names[i].second[0]));
    }
  }
  if (found.empty()) return std::nullopt;
  if (!missing.empty()) {
    throw DataError(
        {.what = fmt::format("{} holds only a part of a data set", folder.string()),
         .expected = fmt::format("also {} (or .gz)", fmt::join(missing, ", ")),
         .got = fmt::format("only {}", fmt::join(found, ", ")),
         .hint = "add the missing files; `hourglass data fetch mnist` fetches those of MNIST into",
         .setting = "data_dir = " + folder.string()});
  }
  return IdxFiles{paths[0], paths[1], paths[2], paths[3]};
}

std::optional<fs::path> FindLabelsBeside(const fs::path& images) {
  std::string name = images.filename().string();
  if (!ReplaceLast(name, "images", "labels")) return std::nullopt;
  if (!ReplaceLast(name, "idx3", "idx1")) ReplaceLast(name, "idx4", "idx1");
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  for (const char* suffix : {"", ".gz"}) {
    const fs::path path = images.parent_path() / (name + suffix);
    std::error_code error;
    if (fs::exists(path, error)) return path;
  }
  return std::nullopt;
}

std::vector<fs::path> MnistFolders(const DataOptions& options) {
  std::vector<fs::path> folders;
  if (!options.data_dir.empty()) folders.push_back(options.data_dir);
  if (const std::string named = Variable("HOURGLASS_DATA_DIR"); !named.empty()) folders.push_back(named);
  const bool has_cache = !Variable("HOME").empty() || fs::path(Variable("XDG_CACHE_HOME")).is_absolute();
  if (has_cache) folders.push_back(UserCacheDir() / "mnist");
  return folders;
}

std::optional<fs::path> FindMnist(const DataOptions& options) {
  for (const fs::path& folder : MnistFolders(options)) {
    if (FindIdxFiles(folder)) return folder;
  }
  return std::nullopt;
}

}  // namespace hourglass
