// Sets of pictures that are slow to read are kept as packed data in a folder of the user's cache, and mapped
// the next time. A file is for one set as it is: names, sizes and times of its files, and the form of its
// images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "hourglass/data/open_data.h"
#include "hourglass/data/opened_data.h"

namespace hourglass {

// In UserCacheDir(). Throws as that does.
std::filesystem::path CachedSetsDir();

using PictureReader = std::function<OpenedData(const DataOptions& options)>;

// The set with this key from the cache, or by `read`, which puts it there. If it cannot be put there (a full
// or read-only disk, another process that does so), it is read into memory, and the note says why. Throws
// what `read` throws.
OpenedData OpenCachedPictures(const std::string& key, const DataOptions& options, const PictureReader& read);

struct CachedSet {
  std::filesystem::path file;
  std::string source;  // the path of the data; empty for one that was not finished
  uint64_t bytes = 0;
};
// What is in the folder, by name. None if there is no such folder.
std::vector<CachedSet> CachedSets();
// Removes all of them that no process is writing, and returns them.
std::vector<CachedSet> ClearCachedSets();

}  // namespace hourglass
