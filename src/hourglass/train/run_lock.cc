#include "hourglass/train/run_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "hourglass/core/error.h"

namespace hourglass {

RunLock::RunLock(const std::filesystem::path& run)
    : descriptor_(::open(run.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) throw ErrnoError(fmt::format("cannot open {}", run.string()));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  const bool held = errno == EWOULDBLOCK;
  const Error refused = ErrnoError(fmt::format("cannot lock {}", run.string()));
  ::close(descriptor_);
  if (!held) throw refused;
  throw UsageError({.what = fmt::format("{} is being trained by another process", run.string()),
                    .hint = "wait for it, or stop it first"});
}

RunLock::RunLock(RunLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

RunLock::~RunLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace hourglass
