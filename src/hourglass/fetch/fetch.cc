#include "hourglass/fetch/fetch.h"

#include <fmt/format.h>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/folder_lock.h"
#include "hourglass/core/hash.h"
#include "hourglass/data/content_reader.h"
#include "hourglass/fetch/detail/download.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;
using Kind = FetchEvent::Kind;

// Whether the folder holds `file` (or its version without .gz, which readers prefer) with the right content.
// Damaged files are reported and count as missing.
bool IsPresent(const FetchOptions& options, const FetchFile& file, const FetchListener& listener) {
  for (const fs::path& path : {options.folder / fs::path(file.name).stem(), options.folder / file.name}) {
    if (!fs::exists(path)) continue;
    std::optional<std::string> sha256;
    try {
      sha256 = ContentSha256(path, file.bytes);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kData) throw;
      listener({.kind = Kind::kDamaged, .file = file.name, .mirror = {}, .message = error.text().what});
      continue;
    }
    if (sha256 == file.sha256) {
      listener({.kind = Kind::kPresent, .file = file.name, .mirror = {}, .message = {}});
      return true;
    }
    throw DataError({.what = fmt::format("{} already exists with other content", path.string()),
                     .expected = fmt::format("content with SHA-256 {}", file.sha256),
                     .got = sha256 ? *sha256 : fmt::format("more than {} bytes of content", file.bytes),
                     .hint = "move it away, or fetch into another folder",
                     .setting = "data_dir"});
  }
  return false;
}

// "" if the content of `part` is right, else a description of the fault.
std::string ContentFault(const fs::path& part, const FetchFile& file) {
  if (!fs::exists(part)) return "sent nothing";
  try {
    const auto sha256 = ContentSha256(part, file.bytes);
    return sha256 == file.sha256 ? "" : "sent the wrong content: its checksum is not the published one";
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    return fmt::format("sent a damaged file: {}", error.text().got);
  }
}

class FileFetcher {
 public:
  FileFetcher(const FetchOptions& options, const FetchFile& file, const FetchListener& listener)
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
                            .limit = file_.bytes + file_.bytes / 100 + 4096,
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
    const std::string content = ReadFile(part_);
    WriteFileAtomically(options_.folder / file_.name, content);
    fs::remove(part_);
    listener_({.kind = Kind::kDone,
               .file = file_.name,
               .mirror = mirror,
               .received = content.size(),
               .message = {}});
  }

  const FetchOptions& options_;
  const FetchFile& file_;
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
  for (const FetchFile& file : options.files) {
    if (IsPresent(options, file, listener)) continue;
    if (options.offline) {
      throw SystemError({.what = fmt::format("{} has no valid {}", options.folder.string(), file.name),
                         .got = "'offline' is set, so nothing is fetched",
                         .hint = "allow fetching, or copy the file there"});
    }
    FileFetcher(options, file, listener).FetchFromAny();
  }
}

FetchOptions MnistFetchOptions() {
  FetchOptions options;
  options.files = {{"train-images-idx3-ubyte.gz",
                    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 47040016},
                   {"train-labels-idx1-ubyte.gz",
                    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 60008},
                   {"t10k-images-idx3-ubyte.gz",
                    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 7840016},
                   {"t10k-labels-idx1-ubyte.gz",
                    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 10008}};
  options.mirrors = {"https://ossci-datasets.s3.amazonaws.com/mnist/",
                     "https://storage.googleapis.com/cvdf-datasets/mnist/",
                     "https://systemds.apache.org/assets/datasets/mnist/",
                     "https://raw.githubusercontent.com/fgnt/mnist/master/",
                     "https://azureopendatastorage.blob.core.windows.net/mnist/"};
  return options;
}

}  // namespace hourglass
