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
using OpenArchive = std::unique_ptr<archive, CloseArchive>;

Error DamagedArchive(const std::filesystem::path& path, archive* open, const std::string& member) {
  const char* reason = archive_error_string(open);
  return DataError({.what = member.empty() ? fmt::format("{} is damaged", path.string())
                                           : fmt::format("{} is damaged in {}", path.string(), member),
                    .got = reason == nullptr ? "" : reason,
                    .hint = "fetch or copy it again"});
}

}  // namespace

std::vector<ArchiveMember> ReadArchive(const std::filesystem::path& path,
                                       const std::function<bool(const std::string& name)>& wanted,
                                       uint64_t most_bytes) {
  const OpenArchive open(archive_read_new());
  if (open == nullptr) throw std::bad_alloc();
  archive_read_support_filter_all(open.get());
  // By its directory, which stands at the end: read as a stream, a truncated file would only have fewer
  // members.
  archive_read_support_format_zip_seekable(open.get());
  archive_read_support_format_tar(open.get());
  constexpr size_t kBlock = 1 << 18;
  if (archive_read_open_filename(open.get(), path.c_str(), kBlock) != ARCHIVE_OK)
    throw DamagedArchive(path, open.get(), "");
  std::vector<ArchiveMember> members;
  uint64_t bytes = 0;
  while (true) {
    archive_entry* entry = nullptr;
    const int code = archive_read_next_header(open.get(), &entry);
    if (code == ARCHIVE_EOF) return members;
    if (code < ARCHIVE_WARN)
      throw DamagedArchive(path, open.get(), members.empty() ? "" : members.back().name);
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG || !wanted(name)) continue;
    ArchiveMember member{.name = name, .content = {}};
    const void* block = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    int read = ARCHIVE_OK;
    while ((read = archive_read_data_block(open.get(), &block, &size, &offset)) == ARCHIVE_OK) {
      bytes += size;
      if (bytes > most_bytes) {
        throw DataError({.what = fmt::format("{} holds more than its size lets one expect", path.string()),
                         .expected = fmt::format("at most {} bytes", most_bytes),
                         .got = fmt::format("more, up to {}", member.name),
                         .hint = "it may be made to fill the memory; unpack it yourself if not"});
      }
      member.content.append(static_cast<const char*>(block), size);
    }
    if (read != ARCHIVE_EOF) throw DamagedArchive(path, open.get(), member.name);
    members.push_back(std::move(member));
  }
}

}  // namespace hourglass
