// Archives for tests.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace hourglass::testing {

struct MemberToWrite {
  std::string name;
  std::string content;
  std::string link_to = {};  // of a hard link, if not empty
};

enum class ArchiveKind { kZip, kTar, kTarGz, kEncryptedZip };

inline void WriteArchive(const std::filesystem::path& path, ArchiveKind kind,
                         const std::vector<MemberToWrite>& members) {
  archive* out = archive_write_new();
  const bool tar = kind == ArchiveKind::kTar || kind == ArchiveKind::kTarGz;
  EXPECT_EQ(tar ? archive_write_set_format_pax_restricted(out) : archive_write_set_format_zip(out),
            ARCHIVE_OK);
  if (kind == ArchiveKind::kTarGz) {
    EXPECT_EQ(archive_write_add_filter_gzip(out), ARCHIVE_OK);
  }
  if (kind == ArchiveKind::kEncryptedZip) {
    EXPECT_EQ(archive_write_set_options(out, "zip:encryption=zipcrypt"), ARCHIVE_OK);
    EXPECT_EQ(archive_write_set_passphrase(out, "secret"), ARCHIVE_OK);
  }
  EXPECT_EQ(archive_write_open_filename(out, path.c_str()), ARCHIVE_OK);
  for (const MemberToWrite& member : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.name.c_str());
    archive_entry_set_size(entry, std::ssize(member.content));
    archive_entry_set_filetype(entry, member.name.ends_with("/") ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    if (!member.link_to.empty()) archive_entry_set_hardlink(entry, member.link_to.c_str());
    EXPECT_GE(archive_write_header(out, entry), ARCHIVE_WARN) << archive_error_string(out);
    EXPECT_EQ(archive_write_data(out, member.content.data(), member.content.size()),
              std::ssize(member.content));
    archive_entry_free(entry);
  }
  EXPECT_EQ(archive_write_close(out), ARCHIVE_OK);
  archive_write_free(out);
}

}  // namespace hourglass::testing
