// Reads the content of a file, which may be gzip-compressed, sequentially.
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
  // Opens `path`. Throws a data Error if it does not exist or is not a file, a system Error if it cannot be
  // read.
  explicit ContentReader(const std::filesystem::path& path);

  const std::string& path() const { return path_; }
  bool compressed() const { return compressed_; }
  // Size on disk, in bytes.
  uint64_t file_size() const { return file_size_; }

  // Reads `count` bytes, or fewer at the end of the content. Throws a data Error if the compressed data is
  // damaged or truncated; its checksum is verified when the end is read.
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

// Hexadecimal SHA-256 of the content of `path`; empty if it has more than `limit` bytes (reading stops
// there). Throws as ContentReader does.
std::optional<std::string> ContentSha256(const std::filesystem::path& path, uint64_t limit);
// The same of the file itself, compressed or not.
std::string FileSha256(const std::filesystem::path& path);

}  // namespace hourglass
