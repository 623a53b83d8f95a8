#include "hourglass/data/content_reader.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <string_view>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/hash.h"

namespace hourglass {
namespace {

gzFile AsGz(void* file) {
  return static_cast<gzFile>(file);
}

}  // namespace

void ContentReader::Close::operator()(void* file) const {
  ::gzclose(AsGz(file));
}

ContentReader::ContentReader(const std::filesystem::path& path) : path_(path.string()) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error && status.type() == std::filesystem::file_type::none) {
    throw SystemError({.what = fmt::format("cannot access {}", path_),
                       .got = error.message(),
                       .hint = "check its permissions"});
  }
  if (!std::filesystem::exists(status)) {
    throw DataError({.what = fmt::format("{} does not exist", path_), .hint = "check the path"});
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw DataError({.what = fmt::format("{} is not a file", path_), .expected = "a file"});
  }
  file_size_ = std::filesystem::file_size(path);
  file_.reset(::gzopen(path.c_str(), "rbe"));
  if (file_ == nullptr) throw ErrnoError(fmt::format("cannot read {}", path_), "check its permissions");
  ::gzbuffer(AsGz(file_.get()), 1 << 18);
  compressed_ = ::gzdirect(AsGz(file_.get())) == 0;
}

size_t ContentReader::Read(void* to, size_t count) {
  size_t done = 0;
  while (done < count) {
    const auto part = static_cast<unsigned>(std::min<size_t>(count - done, 1 << 30));
    const int got = ::gzread(AsGz(file_.get()), static_cast<char*>(to) + done, part);
    if (got > 0) {
      done += static_cast<size_t>(got);
      position_ += static_cast<uint64_t>(got);
    }
    if (got < static_cast<int>(part)) {
      CheckEnd();
      break;
    }
  }
  return done;
}

void ContentReader::CheckEnd() {
  int code = Z_OK;
  const std::string message = ::gzerror(AsGz(file_.get()), &code);
  if (code == Z_OK || code == Z_STREAM_END) return;
  if (code == Z_ERRNO) throw ErrnoError(fmt::format("cannot read {}", path_));
  const bool cut = code == Z_BUF_ERROR;
  throw DataError({.what = cut ? fmt::format("{} is truncated at byte {} of the file", path_, file_size_)
                               : fmt::format("{} is damaged near byte {} of the file", path_,
                                             ::gzoffset(AsGz(file_.get()))),
                   .expected = "a complete gzip file",
                   .got = fmt::format("{} bytes of content, then: {}", position_, message),
                   .hint = kDamagedHint});
}

std::string ContentReader::Where(uint64_t offset) const {
  return fmt::format("{}, byte {}{}", path_, offset, compressed_ ? " of the decompressed content" : "");
}

std::optional<std::string> ContentSha256(const std::filesystem::path& path, uint64_t limit) {
  ContentReader reader(path);
  Sha256Sum sum;
  std::string block(1 << 20, '\0');
  uint64_t size = 0;
  while (const size_t got = reader.Read(block.data(), block.size())) {
    size += got;
    if (size > limit) return std::nullopt;
    sum.Add(std::string_view(block).substr(0, got));
  }
  return sum.Hex();
}

std::string FileSha256(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw ErrnoError(fmt::format("cannot read {}", path.string()), "check its permissions");
  Sha256Sum sum;
  std::string block(1 << 20, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0)
    sum.Add(std::string_view(block).substr(0, static_cast<size_t>(file.gcount())));
  if (file.bad()) throw ErrnoError(fmt::format("cannot read {}", path.string()));
  return sum.Hex();
}

}  // namespace hourglass
