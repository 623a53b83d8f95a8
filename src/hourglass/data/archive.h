// Archives, read by libarchive: zip and tar, plain or compressed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hourglass/core/error.h"

struct archive;
struct archive_entry;

namespace hourglass {

class CompressedFile;

// Goes through the members of an archive once, in their order.
class ArchiveReader {
 public:
  // Throws a data Error if `path` is not an archive, or is damaged where it begins.
  explicit ArchiveReader(const std::filesystem::path& path);
  ~ArchiveReader();

  // Moves on to the next member; false at the end. Throws a data Error that names the archive and the member
  // before if the archive is damaged.
  bool Next();

  // Of the member. Names are bytes, and not to be trusted as paths.
  const std::string& name() const { return name_; }
  bool is_folder() const;
  // The name of the member, earlier in the archive, of which this is another name (a hard link); empty if it
  // is none. It has no content of its own then.
  std::string linked() const;

  // Reads the content, once. Throws a data Error that names the archive and the member if it is damaged,
  // packed in an unknown way, encrypted, no file of its own (a link, for example), or larger than
  // `most_bytes`.
  std::string Content(uint64_t most_bytes);
  // Reads the first bytes instead, up to `most` of them; none of a link.
  std::string Start(size_t most);

 private:
  struct Close {
    void operator()(archive* open) const;
  };

  bool is_file() const;
  bool is_packed_unusually() const;
  Error NotAFile() const;
  Error Damage(const std::string& where, const char* hint) const;

  std::string path_;
  std::unique_ptr<CompressedFile> compressed_;  // what open_ reads, or null: it reads the file itself
  std::unique_ptr<archive, Close> open_;
  archive_entry* entry_ = nullptr;
  std::string name_;  // of the last member, or empty
};

// Whether a file is an archive that holds something. True for a damaged one too, which ArchiveReader refuses,
// unless nothing of it can be recognised.
bool IsArchive(const std::filesystem::path& path);

// A file in an archive.
struct ArchiveMember {
  std::string name;
  std::string content;
};

// Reads all files of an archive whose names `wanted` accepts, in their order. Throws as ArchiveReader does,
// and a data Error if they have more than `most_bytes` together.
std::vector<ArchiveMember> ReadArchive(const std::filesystem::path& path,
                                       const std::function<bool(const std::string& name)>& wanted,
                                       uint64_t most_bytes);

}  // namespace hourglass
