#include "hourglass/fetch/fetch.h"

#include <fmt/format.h>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/folder_lock.h"
#include "hourglass/data/content_reader.h"
#include "hourglass/fetch/detail/download.h"
#include "hourglass/fetch/detail/unpack.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;
using Kind = FetchEvent::Kind;

using Of = PublishedFile::Of;

constexpr char kMoveAway[] = "move it away, or fetch into another folder";

// The checksum of the file at `path` that compares with that of `file`; empty if its content is larger.
// Throws a data Error if it is damaged.
std::optional<std::string> ChecksumAt(const fs::path& path, const PublishedFile& file) {
  if (file.of == Of::kContent) return ContentSha256(path, file.bytes);
  const std::string sha256 = FileSha256(path);
  const bool right = sha256 == file.sha256;
  if (!right && file.members.empty()) ContentSha256(path, UINT64_MAX);  // tells damage from other content
  return sha256;
}

// Whether the file at `path` has the right content. A damaged one is reported and counts as missing.
bool IsRight(const fs::path& path, const PublishedFile& file, const FetchListener& listener) {
  std::optional<std::string> sha256;
  try {
    sha256 = ChecksumAt(path, file);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    listener({.kind = Kind::kDamaged, .file = file.name, .mirror = {}, .message = error.text().what});
    return false;
  }
  if (sha256 == file.sha256) return true;
  throw DataError({.what = fmt::format("{} already exists with other content", path.string()),
                   .expected = fmt::format("content with SHA-256 {}", file.sha256),
                   .got = sha256 ? *sha256 : fmt::format("more than {} bytes of content", file.bytes),
                   .hint = kMoveAway,
                   .setting = "data_dir"});
}

// Whether the folder holds `file` or its version without .gz, which readers prefer.
bool IsFilePresent(const fs::path& folder, const PublishedFile& file, const FetchListener& listener) {
  if (const fs::path plain = folder / fs::path(file.name).stem(); fs::exists(plain)) {
    if (file.of == Of::kFile) {
      throw DataError({.what = fmt::format("{} cannot be checked", plain.string()),
                       .expected = fmt::format("{}, whose checksum is known", file.name),
                       .hint = kMoveAway,
                       .setting = "data_dir"});
    }
    if (IsRight(plain, file, listener)) return true;
  }
  return fs::exists(folder / file.name) && IsRight(folder / file.name, file, listener);
}

// Whether the folder holds the members of an archive. If it holds the archive, they are unpacked.
bool IsArchivePresent(const fs::path& folder, const PublishedFile& archive, const FetchListener& listener) {
  if (IsUnpacked(folder, archive)) return true;
  const fs::path path = folder / archive.name;
  if (!fs::exists(path) || !IsRight(path, archive, listener)) return false;
  Unpack(path, archive, folder);
  return true;
}

bool IsPresent(const FetchOptions& options, const PublishedFile& file, const FetchListener& listener) {
  const auto is_present = file.members.empty() ? IsFilePresent : IsArchivePresent;
  if (!is_present(options.folder, file, listener)) return false;
  listener({.kind = Kind::kPresent, .file = file.name, .mirror = {}, .message = {}});
  return true;
}

// "" if the content of `part` is right, else a description of the fault.
std::string ContentFault(const fs::path& part, const PublishedFile& file) {
  if (!fs::exists(part)) return "sent nothing";
  try {
    return ChecksumAt(part, file) == file.sha256
               ? ""
               : "sent the wrong content: its checksum is not the published one";
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    return fmt::format("sent a damaged file: {}", error.text().got);
  }
}

// The most bytes that a mirror may send: the same content may be compressed in other ways.
uint64_t LargestTransfer(const PublishedFile& file) {
  return file.of == Of::kFile ? file.bytes : file.bytes + file.bytes / 100 + 4096;
}

class FileFetcher {
 public:
  FileFetcher(const FetchOptions& options, const PublishedFile& file, const FetchListener& listener)
      : options_(options), file_(file), listener_(listener), part_(options.folder / (file.name + ".part")) {}

  void FetchFromAny() {
    std::string faults;
    for (const std::string& mirror : options_.mirrors) {
      const std::string fault = FetchFrom(mirror);
      if (fault.empty()) return;
      faults += fmt::format("{}{}: {}", faults.empty() ? "" : "; ", mirror, fault);
    }
    throw SystemError({.what = fmt::format("no mirror delivered {}", file_.name),
                       .expected = fmt::format("content with SHA-256 {}", file_.sha256),
                       .got = faults.empty() ? "no mirror was given" : faults,
                       .hint = "try again later (partial files are kept), or set another mirror",
                       .setting = "mirror"});
  }

 private:
  // A file from two mirrors may be wrong even if each mirror is correct. So if a resumed transfer gives wrong
  // content, it is repeated once from the beginning.
  std::string FetchFrom(const std::string& mirror) {
    const bool resumed = fs::exists(part_);
    std::string fault = TransferFrom(mirror);
    if (resumed && !fault.empty() && !fs::exists(part_)) fault = TransferFrom(mirror);
    return fault;
  }

  std::string TransferFrom(const std::string& mirror) {
    const uint64_t before = fs::exists(part_) ? fs::file_size(part_) : 0;
    listener_(
        {.kind = Kind::kStarted, .file = file_.name, .mirror = mirror, .received = before, .message = {}});
    const std::string slash = mirror.ends_with('/') ? "" : "/";
    const Download download{.url = mirror + slash + file_.name,
                            .path = part_,
                            .limit = LargestTransfer(file_),
                            .stall_seconds = options_.stall_seconds};
    std::string fault = Run(download, [&](uint64_t received, uint64_t total) {
      listener_({.kind = Kind::kProgress,
                 .file = file_.name,
                 .mirror = mirror,
                 .received = received,
                 .total = total,
                 .message = {}});
    });
    if (fault.empty()) {
      fault = ContentFault(part_, file_);
      if (fault.empty()) {
        Keep(mirror);
        return "";
      }
      fs::remove(part_);
    }
    listener_({.kind = Kind::kFault, .file = file_.name, .mirror = mirror, .message = fault});
    return fault;
  }

  void Keep(const std::string& mirror) {
    const uint64_t received = fs::file_size(part_);
    if (file_.members.empty()) {
      WriteFileAtomically(options_.folder / file_.name, ReadFile(part_));
    } else {
      Unpack(part_, file_, options_.folder);
    }
    fs::remove(part_);
    listener_(
        {.kind = Kind::kDone, .file = file_.name, .mirror = mirror, .received = received, .message = {}});
  }

  const FetchOptions& options_;
  const PublishedFile& file_;
  const FetchListener& listener_;
  fs::path part_;
};

}  // namespace

void FetchFiles(const FetchOptions& options, const FetchListener& listener) {
  std::optional<FolderLock> lock;
  if (!options.offline) {
    CreateDirectories(options.folder);
    lock.emplace(options.folder, "is being filled by another process");
  }
  for (const PublishedFile& file : options.files) {
    if (IsPresent(options, file, listener)) continue;
    if (options.offline) {
      throw SystemError({.what = fmt::format("{} has no valid {}", options.folder.string(), file.name),
                         .got = "'offline' is set, so nothing is fetched",
                         .hint = "allow fetching, or copy the file there"});
    }
    FileFetcher(options, file, listener).FetchFromAny();
  }
}

}  // namespace hourglass
