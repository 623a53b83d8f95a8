#include "hourglass/data/idx.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

constexpr uint64_t kMaxContent = uint64_t{1} << 36;  // 64 GiB: beyond this a header is taken for a lie
constexpr uint64_t kUsualRatio = 16;                 // gzip shrinks pictures less than this
constexpr char kDamagedHint[] = "the file is damaged: fetch or copy it again";

// The content of a file, decompressed if it is gzip. Reads on, never back.
class ContentReader {
 public:
  explicit ContentReader(const std::filesystem::path& path) : path_(path.string()) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) {
      throw DataError({.what = fmt::format("{} does not exist", path_), .hint = "check the path"});
    }
    if (!std::filesystem::is_regular_file(status)) {
      throw DataError({.what = fmt::format("{} is not a file", path_), .expected = "an IDX file"});
    }
    file_size_ = std::filesystem::file_size(path);
    file_.reset(::gzopen(path.c_str(), "rbe"));
    if (file_ == nullptr) throw ErrnoError(fmt::format("cannot read {}", path_), "check who may read it");
    ::gzbuffer(file_.get(), 1 << 18);
    compressed_ = ::gzdirect(file_.get()) == 0;
  }

  const std::string& path() const { return path_; }
  bool compressed() const { return compressed_; }
  uint64_t file_size() const { return file_size_; }

  // Reads `count` bytes, or fewer at the end of the content. Throws when the compression is damaged or cut
  // short.
  size_t Read(void* to, size_t count) {
    size_t done = 0;
    while (done < count) {
      const auto part = static_cast<unsigned>(std::min<size_t>(count - done, 1 << 30));
      const int got = ::gzread(file_.get(), static_cast<char*>(to) + done, part);
      if (got > 0) {
        done += static_cast<size_t>(got);
        position_ += static_cast<uint64_t>(got);
      }
      if (got < static_cast<int>(part)) {
        CheckEnd();
        break;
      }
    }
    return done;
  }

  // "FILE, byte 8 of the decompressed content"
  std::string Where(uint64_t offset) const {
    return fmt::format("{}, byte {}{}", path_, offset, compressed_ ? " of the decompressed content" : "");
  }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { ::gzclose(file); }
  };

  void CheckEnd() {
    int code = Z_OK;
    const char* message = ::gzerror(file_.get(), &code);
    if (code == Z_OK || code == Z_STREAM_END) return;
    if (code == Z_ERRNO) throw ErrnoError(fmt::format("cannot read {}", path_));
    const bool cut = code == Z_BUF_ERROR;
    throw DataError(
        {.what = cut ? fmt::format("{} is cut short at byte {} of the file", path_, file_size_)
                     : fmt::format("{} is damaged near byte {} of the file", path_, ::gzoffset(file_.get())),
         .expected = "a whole gzip file",
         .got = fmt::format("{} bytes of content, then: {}", position_, message),
         .hint = kDamagedHint});
  }

  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
  uint64_t file_size_ = 0;
  uint64_t position_ = 0;
  bool compressed_ = false;
};

struct Header {
  uint64_t bytes = 0;    // of the header itself
  uint64_t content = 0;  // bytes that must follow it
  std::vector<int64_t> sizes;
};

uint32_t BigEndian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | uint32_t{bytes[3]};
}

// What kind of IDX file a reader wants: the magic numbers that it takes.
struct Wanted {
  const char* name;
  std::vector<uint32_t> magics;
  const char* hint;
};

std::string MagicNames(const Wanted& wanted) {
  std::string names;
  for (uint32_t magic : wanted.magics) names += fmt::format("{}0x{:08x}", names.empty() ? "" : " or ", magic);
  return fmt::format("{} ({} of u8)", names, wanted.name);
}

void ReadHeaderBytes(ContentReader& reader, uint8_t* to, uint64_t offset, size_t count) {
  const size_t got = reader.Read(to, count);
  if (got < count) {
    throw DataError({.what = fmt::format("{}: the header is cut short", reader.Where(offset + got)),
                     .expected = fmt::format("{} bytes of header", offset + count),
                     .got = fmt::format("{} bytes", offset + got),
                     .hint = kDamagedHint});
  }
}

Header ReadHeader(ContentReader& reader, const Wanted& wanted) {
  std::array<uint8_t, 16> bytes = {};
  ReadHeaderBytes(reader, bytes.data(), 0, 4);
  const uint32_t magic = BigEndian(bytes.data());
  if (std::find(wanted.magics.begin(), wanted.magics.end(), magic) == wanted.magics.end()) {
    throw DataError({.what = fmt::format("{}: wrong magic number", reader.Where(0)),
                     .expected = MagicNames(wanted),
                     .got = fmt::format("0x{:08x}", magic),
                     .hint = wanted.hint});
  }
  const size_t rank = magic & 0xFF;
  ReadHeaderBytes(reader, bytes.data(), 4, 4 * rank);
  Header header{.bytes = 4 + 4 * rank, .content = 1, .sizes = {}};
  for (size_t axis = 0; axis < rank; ++axis) {
    const uint64_t size = BigEndian(bytes.data() + 4 * axis);
    if (size == 0 || size > kMaxContent / header.content) {
      throw DataError(
          {.what = fmt::format("{}: impossible size of axis {}", reader.Where(4 + 4 * axis), axis),
           .expected = fmt::format("at least 1, and at most {} bytes in all", kMaxContent),
           .got = fmt::format("{}", size),
           .hint = kDamagedHint});
    }
    header.content *= size;
    header.sizes.push_back(static_cast<int64_t>(size));
  }
  return header;
}

Error SizeError(const ContentReader& reader, const Header& header, uint64_t got, const char* more) {
  const uint64_t all = header.bytes + header.content;
  return DataError(
      {.what = fmt::format("{}: the content {} what the header says", reader.Where(std::min(got, all)),
                           got < all ? "ends before" : "exceeds"),
       .expected =
           fmt::format("{} bytes: {} of header and {} of elements", all, header.bytes, header.content),
       .got = fmt::format("{} bytes{}", got, more),
       .hint = kDamagedHint});
}

// The elements behind the header, u8 [content]. A plain file's size is compared first; for a compressed one
// the buffer starts at a believable multiple of the file and doubles as bytes arrive.
Tensor ReadElements(ContentReader& reader, const Header& header) {
  uint64_t room = header.content;
  if (!reader.compressed()) {
    if (reader.file_size() != header.bytes + header.content) {
      throw SizeError(reader, header, reader.file_size(), "");
    }
  } else {
    room = std::min(room, kUsualRatio * reader.file_size() + 4096);
  }
  Tensor elements(Shape{static_cast<int64_t>(room)}, DType::kU8);
  uint64_t filled = 0;
  while (true) {
    const size_t got = reader.Read(elements.data<uint8_t>() + filled, room - filled);
    filled += got;
    if (filled < room) throw SizeError(reader, header, header.bytes + filled, "");
    if (filled == header.content) break;
    room = std::min(header.content, 2 * room);
    Tensor larger(Shape{static_cast<int64_t>(room)}, DType::kU8);
    std::memcpy(larger.raw(), elements.raw(), filled);
    elements = std::move(larger);
  }
  uint8_t surplus = 0;  // asking for one byte more also makes zlib check its checksum
  if (reader.Read(&surplus, 1) != 0) throw SizeError(reader, header, header.bytes + filled + 1, " or more");
  return elements;
}

}  // namespace

Tensor ReadIdxImages(const std::filesystem::path& path) {
  ContentReader reader(path);
  const Header header = ReadHeader(
      reader, {"images", {0x803, 0x804}, "is this an IDX file of images? 0x00000801 would be one of labels"});
  Tensor images = ReadElements(reader, header);
  const auto& s = header.sizes;
  images.Reshape(s.size() == 3 ? Shape{s[0], 1, s[1], s[2]} : Shape{s[0], s[1], s[2], s[3]});
  return images;
}

std::vector<uint8_t> ReadIdxLabels(const std::filesystem::path& path) {
  ContentReader reader(path);
  const Header header = ReadHeader(
      reader, {"labels", {0x801}, "is this an IDX file of labels? 0x00000803 would be one of images"});
  const Tensor labels = ReadElements(reader, header);
  return {labels.span<uint8_t>().begin(), labels.span<uint8_t>().end()};
}

}  // namespace hourglass
