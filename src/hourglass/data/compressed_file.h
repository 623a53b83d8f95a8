// Files compressed by zstd or xz, unpacked as a stream.
//
// libarchive unpacks them too, but takes as much memory as the file asks for: up to 128 MB for zstd and 1 GB
// for xz. A few bytes are enough to ask.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass {

class CompressedFile {
 public:
  // Opens a file that starts as zstd or xz files do; null if it does not, or if it cannot be read. Unpacking
  // may take 64 MB and twice the size of the file, which covers what `xz -9` and `zstd -19` write.
  static std::unique_ptr<CompressedFile> Open(const std::filesystem::path& path);
  ~CompressedFile();

  // Unpacks the next 256 KB, fewer at the end, which stay valid until the next call; none after the end, and
  // none of those in which the file is damaged.
  std::string_view Next();
  // What is wrong, after Next gave none because of that; else empty.
  const std::string& error() const { return error_; }
  bool too_large() const;  // it asks for more memory than it may take

  class Decoder;  // of one kind of compression

 private:
  CompressedFile(std::ifstream file, std::unique_ptr<Decoder> decoder);

  void Refill();

  std::ifstream file_;
  std::unique_ptr<Decoder> decoder_;
  std::vector<char> packed_, unpacked_;
  std::string_view left_;  // of what was read, not yet unpacked
  bool all_read_ = false;
  std::string error_;
};

}  // namespace hourglass
