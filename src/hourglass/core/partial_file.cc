#include "hourglass/core/partial_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/pages.h"

namespace hourglass {
namespace {

constexpr char kPart[] = ".part";

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

PartialFile::PartialFile(std::filesystem::path path, uint64_t spare_bytes)
    : path_(FileToReplace(path)), partial_(path_.string() + kPart), spare_bytes_(spare_bytes) {
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
  TakeSpace(begin, count);
  const uint64_t before = begin % PageBytes(), bytes = before + count;
  void* data =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_, static_cast<off_t>(begin - before));
  if (data == MAP_FAILED) throw CannotWritePartial(partial_);
  mappings_.push_back({data, bytes});
  return {static_cast<uint8_t*>(data) + before, count};
}

void PartialFile::TakeSpace(uint64_t begin, uint64_t count) {
  struct stat file = {};
  struct statvfs disk = {};
  if (::fstat(file_, &file) != 0 || ::fstatvfs(file_, &disk) != 0) throw CannotWritePartial(partial_);
  constexpr uint64_t kBlock = 512;  // of st_blocks
  const uint64_t end = begin + count, had = kBlock * static_cast<uint64_t>(file.st_blocks);
  const uint64_t needed = spare_bytes_ + end - std::min(end, had), free = disk.f_bavail * disk.f_frsize;
  if (needed > free) {
    throw SystemError({.what = fmt::format("cannot write {}: the disk is too small", path_.string()),
                       .expected = fmt::format("{} bytes free", needed),
                       .got = fmt::format("{} bytes", free),
                       .hint = "make room, or write to another disk"});
  }
  const int code = ::posix_fallocate(file_, static_cast<off_t>(begin), static_cast<off_t>(count));
  if (code == 0) return;
  errno = code;
  throw CannotWritePartial(partial_);
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

bool IsBeingWritten(const std::filesystem::path& path) {
  const std::string name = path.string();
  const std::string partial = name.substr(0, name.rfind(kPart)) + kPart;
  const int file = ::open(partial.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool locked = ::flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(file);
  return locked;
}

}  // namespace hourglass
