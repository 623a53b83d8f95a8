#include "hourglass/core/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "hourglass/core/error.h"

namespace hourglass {

FolderLock::FolderLock(const std::filesystem::path& folder, std::string_view busy)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) throw ErrnoError(fmt::format("cannot open {}", folder.string()));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  const bool held = errno == EWOULDBLOCK;
  const Error refused = ErrnoError(fmt::format("cannot lock {}", folder.string()));
  ::close(descriptor_);
  if (!held) throw refused;
  throw UsageError(
      {.what = fmt::format("{} {}", folder.string(), busy), .hint = "wait for it, or stop it first"});
}

FolderLock::FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace hourglass
