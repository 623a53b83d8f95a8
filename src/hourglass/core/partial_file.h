// A file that is made over a long time, beside the name that it will have, partly through memory. One process
// at a time may make it; if that is killed, the next one finds what was written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass {

class PartialFile {
 public:
  // Opens NAME.part for the file `path`, or makes it. `spare_bytes` of the disk are left free. Throws a usage
  // Error if another process is making it, and a system Error if it cannot be written.
  explicit PartialFile(std::filesystem::path path, uint64_t spare_bytes = 0);
  // Closes the file, which stays.
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  // These bytes of the file as memory, valid as long as this object. The disk space is taken first, so that a
  // full disk is a system Error, and bytes that were not there before are 0.
  std::span<uint8_t> Map(uint64_t begin, uint64_t count);
  // Throws a system Error.
  void Write(uint64_t begin, std::string_view bytes);
  // Waits until all that was written is on disk. Throws a system Error.
  void Sync();

  // Makes it the file, atomically, with a length of `bytes`. Throws a system Error.
  void Finish(uint64_t bytes);
  // Removes it, unless it was finished.
  void Discard();

 private:
  struct Mapping {
    void* data;
    size_t bytes;
  };

  void TakeSpace(uint64_t begin, uint64_t count);

  std::filesystem::path path_, partial_;
  uint64_t spare_bytes_;
  int file_ = -1;
  bool finished_ = false;
  std::vector<Mapping> mappings_;
};

// Whether a process is making the file `path`, which may be the one beside it, NAME.part or NAME.part.json.
bool IsBeingWritten(const std::filesystem::path& path);

}  // namespace hourglass
