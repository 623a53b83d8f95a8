#include "hourglass/core/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "hourglass/core/error.h"
#include "hourglass/core/pages.h"

namespace hourglass {
namespace {

// For the pages that `part` lies on.
void Advise(std::span<const uint8_t> part, int advice) {
  const auto begin = reinterpret_cast<uintptr_t>(part.data());
  const uintptr_t page = begin & ~(PageBytes() - 1);
  ::madvise(reinterpret_cast<void*>(page), begin - page + part.size(), advice);  // a hint: may fail
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) : path_(path.string()) {
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0 && (errno == ENOENT || errno == ENOTDIR))
    throw DataError({.what = fmt::format("{} does not exist", path_), .hint = "check the path"});
  struct stat status = {};
  const bool known = file_ >= 0 && ::fstat(file_, &status) == 0;
  const bool is_file = known && S_ISREG(status.st_mode);
  changed_ = status.st_mtim;
  size_ = is_file ? static_cast<size_t>(status.st_size) : 0;
  void* data = size_ == 0 ? nullptr : ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file_, 0);
  const Error failure = ErrnoError(fmt::format("cannot read {}", path_));
  if (is_file && data != MAP_FAILED) {
    data_ = data;
    return;
  }
  if (file_ >= 0) ::close(file_);
  if (!known || is_file) throw failure;
  throw DataError({.what = fmt::format("{} is not a file", path_)});
}

void MappedFile::CheckUnchanged() const {
  struct stat now = {};
  const bool known = ::fstat(file_, &now) == 0;
  if (known && static_cast<size_t>(now.st_size) == size_ && now.st_mtim.tv_sec == changed_.tv_sec &&
      now.st_mtim.tv_nsec == changed_.tv_nsec)
    return;
  throw DataError({.what = fmt::format("{} was changed while it was used", path_),
                   .hint = "put back the file as it was, and begin again or resume"});
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
  ::close(file_);
}

void MappedFile::ReadAhead(std::span<const uint8_t> part) const {
  Advise(part, MADV_WILLNEED);
}

void MappedFile::ReadAlone(std::span<const uint8_t> part) const {
  Advise(part, MADV_RANDOM);
}

double MappedFile::InMemory() const {
  if (size_ == 0) return 1;
  std::vector<unsigned char> pages((size_ + PageBytes() - 1) / PageBytes());
  if (::access(path_.c_str(), W_OK) != 0 || ::mincore(data_, size_, pages.data()) != 0) return 0;
  const auto in_memory = std::ranges::count_if(pages, [](unsigned char page) { return (page & 1) != 0; });
  return static_cast<double>(in_memory) / static_cast<double>(pages.size());
}

}  // namespace hourglass
