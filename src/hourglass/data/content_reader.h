// The content of a file that may be gzip-compressed, read from its beginning to its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "hourglass/core/hash.h"

namespace hourglass {

inline constexpr char kDamagedHint[] = "the file is damaged: fetch or copy it again";

class ContentReader {
 public:
  // Opens `path`. Throws a data Error when it does not exist or is not a file, a system Error when it may not
  // be read.
  explicit ContentReader(const std::filesystem::path& path);

  const std::string& path() const { return path_; }
  bool compressed() const { return compressed_; }
  // Bytes on the disk.
  uint64_t file_size() const { return file_size_; }

  // Reads `count` bytes, or fewer at the end of the content. Throws a data Error when the compression is
  // damaged or cut short; its checksum is looked at when the end is read.
  size_t Read(void* to, size_t count);

  // For messages: "FILE, byte 8 of the decompressed content".
  std::string Where(uint64_t offset) const;

 private:
  struct Close {
    void operator()(void* file) const;
  };

  void CheckEnd();

  std::string path_;
  std::unique_ptr<void, Close> file_;
  uint64_t file_size_ = 0;
  uint64_t position_ = 0;
  bool compressed_ = false;
};

// Hexadecimal SHA-256 of the content of `path`; nothing when it has more than `limit` bytes (no more are read
// then). Throws as ContentReader does.
std::optional<std::string> ContentSha256(const std::filesystem::path& path, uint64_t limit);

}  // namespace hourglass
