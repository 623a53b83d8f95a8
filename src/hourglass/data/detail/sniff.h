// Identifies a file by its first bytes, for errors about rejected files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hourglass {

struct FileKind {
  std::string name;  // "a PNG picture", "gzip within gzip"; never empty
  std::string hint;  // how to fix it, or empty
};

// `start`: the first bytes of a file, up to kSniffedBytes.
inline constexpr size_t kSniffedBytes = 512;
FileKind Sniff(std::string_view start);

// The kind of file at `path`, looking inside gzip. Throws as ContentReader does.
FileKind SniffFile(const std::filesystem::path& path);

}  // namespace hourglass
