#include "hourglass/data/detail/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

struct CloseArchive {
  void operator()(archive* open) const { archive_read_free(open); }
};

// One archive, and how much of it may still be unpacked.
class ArchiveReader {
 public:
  ArchiveReader(const std::filesystem::path& path, uint64_t most_bytes)
      : path_(path), most_bytes_(most_bytes), open_(archive_read_new()) {
    if (open_ == nullptr) throw std::bad_alloc();
    archive_read_support_filter_all(open_.get());
    // By its directory, which stands at the end: read as a stream, a truncated file would only have fewer
    // members.
    archive_read_support_format_zip_seekable(open_.get());
    archive_read_support_format_tar(open_.get());
    constexpr size_t kBlock = 1 << 18;
    if (archive_read_open_filename(open_.get(), path.c_str(), kBlock) != ARCHIVE_OK) throw Damage("");
  }

  // The next file's entry, or null at the end; `last` is the member before, for errors.
  archive_entry* Next(const std::string& last) {
    while (true) {
      archive_entry* entry = nullptr;
      const int code = archive_read_next_header(open_.get(), &entry);
      if (code == ARCHIVE_EOF) return nullptr;
      if (code < ARCHIVE_WARN) throw Damage(last);
      if (archive_entry_pathname(entry) != nullptr && archive_entry_filetype(entry) == AE_IFREG) return entry;
    }
  }

  // The content of the file whose entry came last.
  std::string Content(const std::string& name) {
    std::string content;
    const void* block = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    int code = ARCHIVE_OK;
    while ((code = archive_read_data_block(open_.get(), &block, &size, &offset)) == ARCHIVE_OK) {
      bytes_ += size;
      if (bytes_ > most_bytes_) throw TooLarge(name);
      content.append(static_cast<const char*>(block), size);
    }
    if (code != ARCHIVE_EOF) throw Damage(name);
    return content;
  }

 private:
  Error Damage(const std::string& member) const {
    const char* reason = archive_error_string(open_.get());
    return DataError(
        {.what = fmt::format("{} is damaged{}", path_.string(), member.empty() ? "" : " in " + member),
         .got = reason == nullptr ? "" : reason,
         .hint = "fetch or copy it again"});
  }
  Error TooLarge(const std::string& member) const {
    return DataError({.what = fmt::format("{} holds more than its size lets one expect", path_.string()),
                      .expected = fmt::format("at most {} bytes", most_bytes_),
                      .got = fmt::format("more, up to {}", member),
                      .hint = "it may be made to fill the memory; unpack it yourself if not"});
  }

  const std::filesystem::path& path_;
  uint64_t most_bytes_, bytes_ = 0;
  std::unique_ptr<archive, CloseArchive> open_;
};

}  // namespace

std::vector<ArchiveMember> ReadArchive(const std::filesystem::path& path,
                                       const std::function<bool(const std::string& name)>& wanted,
                                       uint64_t most_bytes) {
  ArchiveReader reader(path, most_bytes);
  std::vector<ArchiveMember> members;
  std::string name;
  while (archive_entry* entry = reader.Next(name)) {
    name = archive_entry_pathname(entry);
    if (wanted(name)) members.push_back({.name = name, .content = reader.Content(name)});
  }
  return members;
}

}  // namespace hourglass
