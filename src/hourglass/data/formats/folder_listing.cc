#include "hourglass/data/formats/folder_listing.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/data/pictures/picture.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPictureExtensions[] = {".png",  ".jpg", ".jpeg", ".jpe", ".jfif",
                                                   ".webp", ".tif", ".tiff", ".bmp", ".dib"};

bool IsLeftBehind(const std::string& name) {
  return name.starts_with(".") || name == "__MACOSX" || name == "Thumbs.db" || name == "desktop.ini";
}

std::string ExtensionOf(const fs::path& path) {
  return InLowerCase(path.extension().string());
}

// A pipe or a device is no picture, whatever its name. A link to nothing may be one, and cannot be read.
bool IsPictureFile(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) return false;
  if (std::ranges::find(kPictureExtensions, ExtensionOf(path)) != std::end(kPictureExtensions)) return true;
  if (!fs::exists(status)) return false;
  std::array<char, 16> start = {};
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), start.size());
  return IsPicture({reinterpret_cast<const uint8_t*>(start.data()), static_cast<size_t>(file.gcount())});
}

// The entries of a folder by name, so that the order is the same on every machine.
std::vector<fs::path> EntriesOf(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    entries.push_back(at->path());
  }
  if (error) {
    throw SystemError({.what = fmt::format("cannot read the folder {}", folder.string()),
                       .got = error.message(),
                       .hint = "check its permissions"});
  }
  std::ranges::sort(entries);
  return entries;
}

// A folder is the same one under every name.
using FolderId = std::pair<uint64_t, uint64_t>;
FolderId IdOf(const fs::path& folder) {
  struct stat status = {};
  if (::stat(folder.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

// Goes through a folder and those below it. `visit(path)` gets every file that was not left behind, and ends
// the walk if it returns false.
class Walk {
 public:
  template <class Visit>
  bool Through(const fs::path& folder, const Visit& visit) {
    const FolderId id = IdOf(folder);
    if (!inside_.insert(id).second) return true;  // a link back
    bool goes_on = true;
    for (const fs::path& path : EntriesOf(folder)) {
      if (IsLeftBehind(path.filename().string())) {
        ++hidden_;
        continue;
      }
      std::error_code error;
      const fs::file_status status = fs::status(path, error);
      goes_on = fs::is_directory(status) ? Through(path, visit) : visit(path);
      if (!goes_on) break;
    }
    inside_.erase(id);
    return goes_on;
  }
  int64_t hidden() const { return hidden_; }

 private:
  std::set<FolderId> inside_;
  int64_t hidden_ = 0;
};

bool IsNumber(const std::string& name) {
  return !name.empty() && name.size() <= 18 &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; });
}

// Different numbers that can be labels.
bool AreNumbered(const std::vector<std::string>& classes) {
  constexpr int64_t kMostLabel = 65535;
  std::set<int64_t> numbers;
  for (const std::string& name : classes) {
    if (!IsNumber(name) || std::stoll(name) > kMostLabel) return false;
    numbers.insert(std::stoll(name));
  }
  return numbers.size() == classes.size();
}

// By number if all are numbers.
void SortClasses(std::vector<fs::path>& folders) {
  const auto name = [](const fs::path& folder) { return folder.filename().string(); };
  if (!std::ranges::all_of(folders, [&](const fs::path& folder) { return IsNumber(name(folder)); })) return;
  std::ranges::stable_sort(folders, std::less<>(),
                           [&](const fs::path& folder) { return std::stoll(name(folder)); });
}

}  // namespace

FolderListing ListPictures(const fs::path& folder) {
  FolderListing listing;
  std::vector<fs::path> files, folders;
  for (const fs::path& path : EntriesOf(folder)) {
    std::error_code error;
    if (IsLeftBehind(path.filename().string())) {
      ++listing.hidden;
    } else if (fs::is_directory(path, error)) {
      folders.push_back(path);
    } else {
      files.push_back(path);
    }
  }
  const auto add = [&](const fs::path& path, int32_t label) {
    if (IsPictureFile(path)) {
      listing.pictures.push_back(
          {.path = path, .name = path.lexically_relative(folder).string(), .label = label});
    } else {
      ++listing.others[ExtensionOf(path)];
    }
  };
  for (const fs::path& file : files) add(file, -1);
  if (folders.empty()) return listing;
  const size_t beside = listing.pictures.size();
  SortClasses(folders);
  for (const fs::path& of_class : folders) {
    const auto label = static_cast<int32_t>(listing.classes.size());
    listing.classes.push_back(of_class.filename().string());
    Walk walk;
    walk.Through(of_class, [&](const fs::path& path) {
      add(path, label);
      return true;
    });
    listing.hidden += walk.hidden();
  }
  listing.numbered = AreNumbered(listing.classes);
  if (listing.pictures.size() == beside) {
    listing.classes.clear();  // of other files
    listing.numbered = false;
  } else if (beside > 0) {
    throw DataError({.what = fmt::format("{} holds pictures beside folders of pictures", folder.string()),
                     .expected = "pictures alone, or one folder per class",
                     .got = fmt::format("{} and {} other pictures beside {} folders",
                                        listing.pictures[0].name, beside - 1, folders.size()),
                     .hint = "move them into a folder of their own"});
  }
  return listing;
}

bool HasPictures(const fs::path& folder) {
  return !Walk().Through(folder, [](const fs::path& path) { return !IsPictureFile(path); });
}

}  // namespace hourglass
