// Archives for tests, in memory.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <vector>

#include "hourglass/core/check.h"

namespace hourglass::testing {

struct MemberToWrite {
  std::string name;
  std::string content = {};
  std::string link_to = {};     // of a hard link, if not empty
  std::string symlink_to = {};  // of a symbolic link
};

enum class ArchiveKind { kZip, kTar, kTarGz, kTarBzip2, kTarXz, kTarZstd, kEncryptedZip };

inline int AddFilter(archive* out, ArchiveKind kind) {
  if (kind == ArchiveKind::kTarGz) return archive_write_add_filter_gzip(out);
  if (kind == ArchiveKind::kTarBzip2) return archive_write_add_filter_bzip2(out);
  if (kind == ArchiveKind::kTarXz) return archive_write_add_filter_xz(out);
  if (kind == ArchiveKind::kTarZstd) return archive_write_add_filter_zstd(out);
  return ARCHIVE_OK;
}

inline std::string ArchiveOf(ArchiveKind kind, const std::vector<MemberToWrite>& members) {
  size_t room = 1 << 14, used = 0;
  for (const MemberToWrite& member : members) room += 2 * member.content.size() + 4096;
  std::string content(room, '\0');
  archive* out = archive_write_new();
  const bool tar = kind != ArchiveKind::kZip && kind != ArchiveKind::kEncryptedZip;
  HOURGLASS_CHECK((tar ? archive_write_set_format_pax_restricted(out) : archive_write_set_format_zip(out)) ==
                  ARCHIVE_OK);
  HOURGLASS_CHECK(AddFilter(out, kind) == ARCHIVE_OK);
  if (kind == ArchiveKind::kEncryptedZip) {
    HOURGLASS_CHECK(archive_write_set_options(out, "zip:encryption=zipcrypt") == ARCHIVE_OK);
    HOURGLASS_CHECK(archive_write_set_passphrase(out, "secret") == ARCHIVE_OK);
  }
  archive_write_set_bytes_in_last_block(out, 1);
  HOURGLASS_CHECK(archive_write_open_memory(out, content.data(), content.size(), &used) == ARCHIVE_OK);
  for (const MemberToWrite& member : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.name.c_str());
    archive_entry_set_size(entry, std::ssize(member.content));
    archive_entry_set_filetype(entry, member.name.ends_with("/") ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    if (!member.link_to.empty()) archive_entry_set_hardlink(entry, member.link_to.c_str());
    if (!member.symlink_to.empty()) {
      archive_entry_set_filetype(entry, AE_IFLNK);
      archive_entry_set_symlink(entry, member.symlink_to.c_str());
    }
    HOURGLASS_CHECK(archive_write_header(out, entry) >= ARCHIVE_WARN);
    HOURGLASS_CHECK(archive_write_data(out, member.content.data(), member.content.size()) ==
                    std::ssize(member.content));
    archive_entry_free(entry);
  }
  HOURGLASS_CHECK(archive_write_close(out) == ARCHIVE_OK);
  archive_write_free(out);
  content.resize(used);
  return content;
}

}  // namespace hourglass::testing
