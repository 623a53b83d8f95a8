// Says what a file is, by how it begins: for messages about files that a reader does not take.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hourglass {

struct FileKind {
  std::string name;  // "a PNG picture", "gzip within gzip"; never empty
  std::string hint;  // what to do about it, or empty
};

// `start` are the first bytes of a file, up to kSniffedBytes.
inline constexpr size_t kSniffedBytes = 512;
FileKind Sniff(std::string_view start);

// What `path` holds, seen through gzip. Throws as ContentReader does.
FileKind SniffFile(const std::filesystem::path& path);

}  // namespace hourglass
