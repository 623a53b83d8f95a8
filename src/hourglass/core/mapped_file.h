// A whole file as read-only memory. The system reads its pages when they are used, and drops them when memory
// is short, so a file may be larger than memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace hourglass {

class MappedFile {
 public:
  // Throws a data Error if `path` does not exist or is not a file, and a system Error if it cannot be read.
  // The file must not become shorter while it is mapped; replacing it, as atomic writes do, does no harm.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

  // Asks the system to read these bytes, which are in bytes(), soon. Does not wait for them.
  void ReadAhead(std::span<const uint8_t> part) const;
  // The share of all pages that are in memory, from 0 to 1; 0 if the system does not say, as of files that
  // one may not write.
  double InMemory() const;

 private:
  std::string path_;
  void* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace hourglass
