#include "hourglass/data/formats/file_tree.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/data/pictures/picture.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPictureExtensions[] = {".png",  ".jpg", ".jpeg", ".jpe", ".jfif",
                                                   ".webp", ".tif", ".tiff", ".bmp", ".dib"};
constexpr std::string_view kClassExtension = ".cls";

// The first bytes of what may be a file: none of a pipe or a device.
std::string StartOfFile(const fs::path& path, size_t most) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return "";
  std::string start(most, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), static_cast<std::streamsize>(most));
  start.resize(static_cast<size_t>(file.gcount()));
  return start;
}

// A pipe or a device is no picture, whatever its name. A link to nothing may be one, and cannot be read.
TreeFile FileOnDisk(const fs::path& path, std::string name) {
  TreeFile file = TreeFileOf(std::move(name), [&](size_t most) { return StartOfFile(path, most); });
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) file.picture = false;
  return file;
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

// Goes through a folder and those below it.
class Walk {
 public:
  explicit Walk(const fs::path& place) : place_(place) {}

  // Calls visit(path, name) for every file, until it returns false. Returns whether it never did.
  template <class Visit>
  bool Through(const std::string& folder, const Visit& visit) {
    const fs::path path = place_ / folder;
    const FolderId id = IdOf(path);
    if (!inside_.insert(id).second) return true;  // a link back
    bool goes_on = true;
    for (const fs::path& entry : EntriesOf(path)) {
      const std::string base = entry.filename().string();
      if (IsLeftBehind(base)) {
        ++tree_.hidden;
        continue;
      }
      const std::string name = folder.empty() ? base : folder + "/" + base;
      std::error_code error;
      if (fs::is_directory(entry, error)) {
        tree_.folders.insert(name);
        goes_on = Through(name, visit);
      } else {
        goes_on = visit(entry, name);
      }
      if (!goes_on) break;
    }
    inside_.erase(id);
    return goes_on;
  }

  // Of the folders seen; without files.
  FileTree& tree() { return tree_; }

 private:
  const fs::path& place_;
  std::set<FolderId> inside_;
  FileTree tree_;
};

}  // namespace

FileTree TreeOf(const fs::path& folder) {
  Walk walk(folder);
  walk.Through("", [&](const fs::path& path, const std::string& name) {
    walk.tree().files.push_back(FileOnDisk(path, name));
    return true;
  });
  return std::move(walk.tree());
}

bool HasPictures(const fs::path& folder) {
  return !Walk(folder).Through(
      "", [](const fs::path& path, const std::string& name) { return !FileOnDisk(path, name).picture; });
}

bool IsLeftBehind(std::string_view name) {
  return name.starts_with(".") || name == "__MACOSX" || name == "Thumbs.db" || name == "desktop.ini";
}

std::string ExtensionOf(std::string_view name) {
  return InLowerCase(fs::path(name).extension().string());
}

TreeFile TreeFileOf(std::string name, const std::function<std::string(size_t most)>& read) {
  constexpr size_t kLongestClass = 256, kSignature = 16;
  TreeFile file{.name = std::move(name)};
  const std::string extension = ExtensionOf(file.name);
  if (extension == kClassExtension) {
    file.text = read(kLongestClass);
  } else if (std::ranges::find(kPictureExtensions, extension) != std::end(kPictureExtensions)) {
    file.picture = true;
  } else {
    const std::string start = read(kSignature);
    file.picture = IsPicture({reinterpret_cast<const uint8_t*>(start.data()), start.size()});
  }
  return file;
}

}  // namespace hourglass
