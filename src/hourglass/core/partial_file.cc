#include "hourglass/core/partial_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"

namespace hourglass {
namespace {

Error CannotWritePartial(const std::filesystem::path& path) {
  return ErrnoError(fmt::format("cannot write {}", path.string()),
                    "check that you may write there and that the disk is not full");
}

// Whether `file`, which is open, is still the one at `path`: another process may have finished or removed it.
bool IsStillAt(const std::filesystem::path& path, int file) {
  struct stat open = {}, named = {};
  return ::fstat(file, &open) == 0 && ::stat(path.c_str(), &named) == 0 && open.st_ino == named.st_ino &&
         open.st_dev == named.st_dev;
}

}  // namespace

PartialFile::PartialFile(std::filesystem::path path)
    : path_(FileToReplace(path)), partial_(path_.string() + ".part") {
  do {
    if (file_ >= 0) ::close(file_);
    file_ = ::open(partial_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) throw CannotWritePartial(partial_);
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
      const bool locked = errno == EWOULDBLOCK;
      const Error failure = CannotWritePartial(partial_);
      ::close(std::exchange(file_, -1));
      if (!locked) throw failure;
      throw UsageError({.what = fmt::format("another process is writing {}", path_.string()),
                        .hint = "wait until it has ended, or choose another name"});
    }
  } while (!IsStillAt(partial_, file_));
}

PartialFile::~PartialFile() {
  for (const auto& [data, bytes] : mappings_) ::munmap(data, bytes);
  if (file_ >= 0) ::close(file_);
}

std::span<uint8_t> PartialFile::Map(uint64_t begin, uint64_t count) {
  if (count == 0) return {};
  if (const int code = ::posix_fallocate(file_, static_cast<off_t>(begin), static_cast<off_t>(count));
      code != 0) {
    errno = code;
    throw CannotWritePartial(partial_);
  }
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const uint64_t before = begin % page, bytes = before + count;
  void* data =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_, static_cast<off_t>(begin - before));
  if (data == MAP_FAILED) throw CannotWritePartial(partial_);
  mappings_.push_back({data, bytes});
  return {static_cast<uint8_t*>(data) + before, count};
}

void PartialFile::Write(uint64_t begin, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(begin));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw CannotWritePartial(partial_);
    bytes.remove_prefix(static_cast<size_t>(written));
    begin += static_cast<uint64_t>(written);
  }
}

void PartialFile::Sync() {
  if (::fdatasync(file_) != 0) throw CannotWritePartial(partial_);
}

void PartialFile::Finish(uint64_t bytes) {
  if (::ftruncate(file_, static_cast<off_t>(bytes)) != 0 || ::fsync(file_) != 0 ||
      ::rename(partial_.c_str(), path_.c_str()) != 0)
    throw CannotWritePartial(path_);
  finished_ = true;
  SyncFolderOf(path_);
}

void PartialFile::Discard() {
  if (!finished_) ::unlink(partial_.c_str());
}

}  // namespace hourglass
