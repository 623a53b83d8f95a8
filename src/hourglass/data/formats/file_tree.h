// The names of the files below a place: a folder on disk, or an archive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass {

struct TreeFile {
  std::string name;                      // below the place, with "/" between folders
  bool picture = false;                  // by its extension or, if that is unknown, by its first bytes
  std::optional<std::string> text = {};  // the content of a file NAME.cls: the class of picture NAME
};

struct FileTree {
  std::vector<TreeFile> files;
  std::set<std::string> folders = {};  // all of them, named like files
  int64_t hidden = 0;                  // files and folders that systems and editors leave behind
};

// All files in and below `folder`, by name. Follows links, but no link into a folder that it is in. Skips
// what IsLeftBehind. Throws a system Error for a folder that cannot be read.
FileTree TreeOf(const std::filesystem::path& folder);

// Whether there is a picture in `folder`, or in a folder below it.
bool HasPictures(const std::filesystem::path& folder);

// Whether systems and editors leave a file or folder of this name behind: those that begin with a dot,
// __MACOSX, Thumbs.db and desktop.ini.
bool IsLeftBehind(std::string_view name);

// In lower case, with its dot; empty if there is none.
std::string ExtensionOf(std::string_view name);

// A file of a tree, whose first bytes are read if the extension does not say what it is. `read(most)` reads
// up to so many of them.
TreeFile TreeFileOf(std::string name, const std::function<std::string(size_t most)>& read);

}  // namespace hourglass
