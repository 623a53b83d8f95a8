// A whole file as read-only memory. The system reads its pages when they are used, and drops them when memory
// is short, so a file may be larger than memory.
#pragma once

#include <time.h>

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
  // If the file becomes shorter while it is mapped, the bytes that are gone cannot be read (SIGBUS);
  // replacing it, as atomic writes do, does no harm.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

  // Throws a data Error if the file has been written to since it was mapped, so that it may hold other bytes.
  // One that replaced it does not count.
  void CheckUnchanged() const;

  // Asks the system to read these bytes, which are in bytes(), soon. Does not wait for them.
  void ReadAhead(std::span<const uint8_t> part) const;
  // Says that these bytes will be read in no order: what is used is read alone, not together with what is
  // around it.
  void ReadAlone(std::span<const uint8_t> part) const;
  // The share of all pages that are in memory, from 0 to 1; 0 if the system does not say, as of files that
  // one may not write.
  double InMemory() const;

 private:
  std::string path_;
  int file_ = -1;
  void* data_ = nullptr;
  size_t size_ = 0;
  timespec changed_ = {};  // when it was mapped
};

}  // namespace hourglass
