#include "hourglass/data/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <locale.h>

#include <cerrno>
#include <fstream>
#include <new>
#include <string_view>
#include <utility>

#include "hourglass/data/compressed_file.h"

namespace hourglass {
namespace {

// libarchive converts names that are said to be UTF-8 into the encoding of the thread's locale, and loses
// them if that has no such characters. This one has all of them, and other names stay the bytes that they
// are.
class Utf8Locale {
 public:
  Utf8Locale() {
    static const locale_t kUtf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);  // slow to make
    if (kUtf8 != nullptr) before_ = ::uselocale(kUtf8);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (before_ != nullptr) ::uselocale(before_);
  }

 private:
  locale_t before_ = nullptr;
};

constexpr char kArchiveAgain[] = "fetch or copy it again";

// Gives libarchive the next bytes of a CompressedFile.
la_ssize_t ReadCompressed(archive* reader, void* compressed, const void** bytes) {
  auto& file = *static_cast<CompressedFile*>(compressed);
  const std::string_view next = file.Next();
  *bytes = next.data();
  if (file.error().empty()) return std::ssize(next);
  archive_set_error(reader, EINVAL, "%s", file.error().c_str());
  return ARCHIVE_FATAL;
}

// Opens `compressed`, or the file itself if that is null.
int OpenFile(archive* reader, CompressedFile* compressed, const std::filesystem::path& path) {
  // Not those filters that start another program, or take more memory than a CompressedFile does.
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_bzip2(reader);
  // By its directory, which stands at the end: read as a stream, a truncated file would only have fewer
  // members.
  archive_read_support_format_zip_seekable(reader);
  archive_read_support_format_tar(reader);
  if (compressed != nullptr) return archive_read_open(reader, compressed, nullptr, ReadCompressed, nullptr);
  constexpr size_t kBlock = 1 << 18;
  return archive_read_open_filename(reader, path.c_str(), kBlock);
}

// Whether the file is no archive, or one that cannot be recognised any more. Else an error comes from what
// unpacks it.
bool IsUnknownFormat(archive* reader) {
  return archive_errno(reader) == EILSEQ;  // libarchive's ARCHIVE_ERRNO_FILE_FORMAT, which no header has
}

// A zip archive without the directory at its end is only recognised by its first bytes.
bool StartsAsZip(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  char start[4] = {};
  return file.read(start, sizeof(start)) && std::string_view(start, sizeof(start)) == "PK\x03\x04";
}

// libarchive's words, or clearer ones.
std::string UnpackingError(archive* reader) {
  const char* words = archive_error_string(reader);
  const std::string reason = words == nullptr ? "" : words;
  if (reason == "Unrecognized archive format")
    return "a zip archive whose end, with its directory, is missing";
  return reason;
}

}  // namespace

void ArchiveReader::Close::operator()(archive* open) const {
  archive_read_free(open);
}

ArchiveReader::ArchiveReader(const std::filesystem::path& path)
    : path_(path.string()), compressed_(CompressedFile::Open(path)), open_(archive_read_new()) {
  if (open_ == nullptr) throw std::bad_alloc();
  if (OpenFile(open_.get(), compressed_.get(), path) != ARCHIVE_OK)
    throw Damage(path_ + " is damaged", kArchiveAgain);
}

ArchiveReader::~ArchiveReader() = default;

bool ArchiveReader::Next() {
  const Utf8Locale locale;
  const int code = archive_read_next_header(open_.get(), &entry_);
  if (code == ARCHIVE_EOF) return false;
  if (code < ARCHIVE_WARN) {
    const std::string after = name_.empty() ? "" : fmt::format(", in or after {}", name_);
    throw Damage(fmt::format("{} is damaged{}", path_, after), kArchiveAgain);
  }
  const char* name = archive_entry_pathname(entry_);
  if (name == nullptr || *name == '\0') {
    throw DataError({.what = fmt::format("{} holds a member whose name cannot be read", path_),
                     .got = name_.empty() ? "the first member" : "the member after " + name_,
                     .hint = "unpack it, and give the folder"});
  }
  name_ = name;
  return true;
}

bool ArchiveReader::is_folder() const {
  return archive_entry_filetype(entry_) == AE_IFDIR;
}

std::string ArchiveReader::linked() const {
  const char* name = archive_entry_hardlink(entry_);
  return name == nullptr ? "" : name;
}

bool ArchiveReader::is_file() const {
  return archive_entry_filetype(entry_) == AE_IFREG && archive_entry_hardlink(entry_) == nullptr;
}

// Whether a member of a zip archive is packed in one of those ways that let it ask libarchive for gigabytes
// of memory.
bool ArchiveReader::is_packed_unusually() const {
  const std::string_view format = archive_format_name(open_.get());  // as "ZIP 2.0 (lzma)"
  if (!format.starts_with("ZIP")) return false;
  return !format.ends_with("(uncompressed)") && !format.ends_with("(deflation)") &&
         !format.ends_with("(bzip)");
}

std::string ArchiveReader::Content(uint64_t most_bytes) {
  if (archive_entry_is_encrypted(entry_) != 0) {
    throw DataError({.what = fmt::format("{}: {} is encrypted", path_, name_),
                     .expected = "a file without a password",
                     .hint = "unpack it with its password, and give the folder"});
  }
  if (!is_file()) throw NotAFile();
  if (is_packed_unusually()) {
    throw DataError({.what = fmt::format("{}: {} is packed unusually", path_, name_),
                     .expected = "a member that is stored or packed by deflate or bzip2",
                     .got = archive_format_name(open_.get()),
                     .hint = "unpack it, and give the folder"});
  }
  std::string content;
  const void* block = nullptr;
  size_t size = 0;
  la_int64_t offset = 0;
  int code = ARCHIVE_OK;
  while ((code = archive_read_data_block(open_.get(), &block, &size, &offset)) == ARCHIVE_OK) {
    const auto begin = static_cast<uint64_t>(offset);  // after a hole, if the file has one
    if (begin > most_bytes || size > most_bytes - begin) {
      throw DataError({.what = fmt::format("{} holds more than its size lets one expect", path_),
                       .expected = fmt::format("at most {} bytes", most_bytes),
                       .got = fmt::format("more, up to {}", name_),
                       .hint = "it may be made to fill the memory; unpack it yourself if not"});
    }
    content.resize(begin);
    content.append(static_cast<const char*>(block), size);
  }
  if (code == ARCHIVE_EOF) return content;
  throw Damage(fmt::format("{}: {} cannot be unpacked", path_, name_),
               "fetch or copy the archive again; if it is whole, unpack it, and give the folder");
}

std::string ArchiveReader::Start(size_t most) {
  if (!is_file() || is_packed_unusually() || archive_entry_is_encrypted(entry_) != 0) return "";
  std::string start(most, '\0');
  const la_ssize_t got = archive_read_data(open_.get(), start.data(), most);
  start.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return start;
}

Error ArchiveReader::NotAFile() const {
  const char* symbolic = archive_entry_symlink(entry_);
  const std::string hard = linked();
  std::string what = "no file", hint;
  if (symbolic != nullptr) {
    what = fmt::format("a symbolic link to {}", symbolic);
    hint = "pack it again with what links lead to (tar -h), or unpack it and give the folder";
  } else if (!hard.empty()) {
    what = fmt::format("a hard link to {}, without content of its own", hard);
    hint = "pack it again without links (tar --hard-dereference), or unpack it and give the folder";
  }
  return DataError(
      {.what = fmt::format("{}: {} is {}", path_, name_, what), .expected = "a file", .hint = hint});
}

Error ArchiveReader::Damage(const std::string& where, const char* hint) const {
  if (compressed_ != nullptr && compressed_->too_large()) {
    return DataError({.what = path_ + " takes too much memory to unpack",
                      .expected = "at most 64 MB and twice its own size",
                      .got = UnpackingError(open_.get()),
                      .hint = "compress it with a smaller window (zstd -19, xz -6), or unpack it"});
  }
  return DataError({.what = where, .got = UnpackingError(open_.get()), .hint = hint});
}

bool IsArchive(const std::filesystem::path& path) {
  const std::unique_ptr<CompressedFile> compressed = CompressedFile::Open(path);
  const std::unique_ptr<archive, decltype(&archive_read_free)> open(archive_read_new(), archive_read_free);
  if (open == nullptr) throw std::bad_alloc();
  if (OpenFile(open.get(), compressed.get(), path) != ARCHIVE_OK)
    return !IsUnknownFormat(open.get()) || StartsAsZip(path);
  archive_entry* entry = nullptr;
  return archive_read_next_header(open.get(), &entry) != ARCHIVE_EOF;
}

std::vector<ArchiveMember> ReadArchive(const std::filesystem::path& path,
                                       const std::function<bool(const std::string& name)>& wanted,
                                       uint64_t most_bytes) {
  ArchiveReader reader(path);
  std::vector<ArchiveMember> members;
  while (reader.Next()) {
    if (reader.is_folder() || !wanted(reader.name())) continue;
    members.push_back({.name = reader.name(), .content = reader.Content(most_bytes)});
    most_bytes -= members.back().content.size();
  }
  return members;
}

}  // namespace hourglass
