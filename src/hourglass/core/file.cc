#include "hourglass/core/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "hourglass/core/check.h"
#include "hourglass/core/error.h"

namespace hourglass {
namespace {

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  int Close() { return ::close(std::exchange(number_, -1)); }

 private:
  int number_;
};

constexpr char kWriteHint[] =
    "check that the folder exists, that you may write there and that the disk is not full";

// Gives `file` the mode of the file that it will replace, if there is one. False if that fails.
bool TakeMode(int file, const std::filesystem::path& replaced) {
  struct stat old = {}, made = {};
  if (::stat(replaced.c_str(), &old) != 0) return true;
  if (::fstat(file, &made) != 0) return false;
  return made.st_mode == old.st_mode || ::fchmod(file, old.st_mode) == 0;
}

void WriteAll(const Descriptor& file, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(file.number(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw ErrnoError(fmt::format("cannot write {}", path.string()), kWriteHint);
    content.remove_prefix(static_cast<size_t>(written));
  }
}

void WriteAndSync(const std::filesystem::path& path, std::span<const std::string_view> parts,
                  const std::filesystem::path& replaced) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.number() < 0 || !TakeMode(file.number(), replaced))
    throw ErrnoError(fmt::format("cannot write {}", path.string()), kWriteHint);
  for (std::string_view part : parts) WriteAll(file, part, path);
  if (::fsync(file.number()) != 0 || file.Close() != 0) {
    throw ErrnoError(fmt::format("cannot write {}", path.string()), kWriteHint);
  }
}

// Renaming over a device, a pipe or a folder would replace it, or fail after all the work.
void CheckReplaceable(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status)) return;
  throw SystemError({.what = fmt::format("cannot write {}", path.string()),
                     .expected = "a new path or a file that may be replaced",
                     .got = std::filesystem::is_directory(status) ? "a folder" : "a device or a pipe"});
}

// Follows `path` if it is a symbolic link, so that the link stays and its target is replaced.
std::filesystem::path FileBehind(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(path, error)) return path;
  const std::filesystem::path file = std::filesystem::canonical(path, error);
  return error ? path : file;
}

}  // namespace

std::string ReadFile(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      throw DataError({.what = fmt::format("{} does not exist", path.string()), .hint = "check the path"});
    }
    throw ErrnoError(fmt::format("cannot read {}", path.string()));
  }
  struct stat status = {};
  const bool device =
      ::fstat(file.number(), &status) == 0 && (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode));
  if (device && path != "/dev/null") {  // most devices never end
    throw DataError({.what = fmt::format("{} is a device", path.string()), .expected = "a file"});
  }
  std::string content;
  char block[1 << 16];
  while (true) {
    const ssize_t got = ::read(file.number(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EISDIR) {
      throw DataError({.what = fmt::format("{} is a folder", path.string()), .expected = "a file"});
    }
    if (got < 0) throw ErrnoError(fmt::format("cannot read {}", path.string()));
    if (got == 0) return content;
    content.append(block, static_cast<size_t>(got));
  }
}

std::filesystem::path FileToReplace(const std::filesystem::path& path) {
  const std::filesystem::path file = FileBehind(path);
  CheckReplaceable(file);
  return file;
}

void SyncFolderOf(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number() >= 0) ::fsync(opened.number());  // some file systems refuse it; the rename still counts
}

void WriteFileAtomically(const std::filesystem::path& path, std::string_view content) {
  WriteFileAtomically(path, {&content, 1});
}

void WriteFileAtomically(const std::filesystem::path& path, std::span<const std::string_view> parts) {
  const std::filesystem::path file = FileToReplace(path);
  const std::filesystem::path aside = fmt::format("{}.{}.tmp", file.string(), ::getpid());
  try {
    WriteAndSync(aside, parts, file);
    if (::rename(aside.c_str(), file.c_str()) != 0) {
      throw ErrnoError(fmt::format("cannot write {}", file.string()), kWriteHint);
    }
  } catch (...) {
    ::unlink(aside.c_str());
    throw;
  }
  SyncFolderOf(file);
}

void AppendLine(const std::filesystem::path& path, std::string line) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (file.number() < 0) throw ErrnoError(fmt::format("cannot write {}", path.string()), kWriteHint);
  WriteAll(file, line += '\n', path);
}

void CreateDirectories(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    throw SystemError({.what = fmt::format("cannot create the folder {}", path.string()),
                       .got = error.message(),
                       .hint = kWriteHint});
  }
}

std::string StateOfFile(const std::filesystem::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return "";
  return fmt::format("{} {}.{:09}", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

bool IsSameFile(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code absent;
  return std::filesystem::equivalent(a, b, absent);
}

bool LinkAtomically(const std::filesystem::path& from, const std::filesystem::path& to) {
  const std::filesystem::path aside = fmt::format("{}.{}.tmp", to.string(), ::getpid());
  std::error_code error, ignored;
  std::filesystem::create_hard_link(from, aside, error);
  if (!error) std::filesystem::rename(aside, to, error);
  if (error) std::filesystem::remove(aside, ignored);
  return !error;
}

// They are named <file>.<process>.tmp.
void RemoveLeftovers(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string process = entry.path().stem().extension().string();
    const bool aside = entry.path().extension() == ".tmp" && process.size() > 1 &&
                       process.find_first_not_of("0123456789", 1) == std::string::npos;
    std::error_code ignored;  // leftover files do no harm
    if (aside) std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace hourglass
