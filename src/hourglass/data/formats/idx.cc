#include "hourglass/data/formats/idx.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/data/content_reader.h"
#include "hourglass/data/detail/sniff.h"
#include "hourglass/data/formats/numbers.h"

namespace hourglass {
namespace {

constexpr uint64_t kMaxContent = uint64_t{1} << 36;  // 64 GiB: larger sizes in a header are rejected
constexpr uint64_t kUsualRatio = 16;                 // gzip compresses images by less than this
constexpr size_t kMostAxes = 4;

// The third byte of the magic number; the fourth is the number of axes.
struct ElementType {
  uint8_t code;
  const char* name;
  std::string_view kind;  // as in numbers.h
  uint64_t bytes;
};
constexpr ElementType kTypes[] = {{0x08, "u8", "u1", 1},  {0x09, "i8", "i1", 1},  {0x0B, "i16", "i2", 2},
                                  {0x0C, "i32", "i4", 4}, {0x0D, "f32", "f4", 4}, {0x0E, "f64", "f8", 8}};

const ElementType* FindType(uint32_t magic) {
  const auto* type = std::ranges::find(kTypes, magic >> 8, &ElementType::code);
  return type == std::end(kTypes) ? nullptr : type;
}

struct IdxHeader {
  const ElementType* type = nullptr;
  uint64_t bytes = 0;    // of the header itself
  uint64_t content = 0;  // bytes that must follow it
  std::vector<int64_t> sizes;
};

uint32_t BigEndian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | uint32_t{bytes[3]};
}

// The kind of IDX file that a reader accepts, by its number of axes.
struct Wanted {
  const char* name;
  std::vector<size_t> axes;

  bool Accepts(uint32_t magic) const {
    return FindType(magic) != nullptr && std::ranges::find(axes, magic & 0xFF) != axes.end();
  }
};
const Wanted kImages = {"images", {3, 4}}, kLabels = {"labels", {1}};

Error WrongMagic(const ContentReader& reader, const Wanted& wanted, uint32_t magic) {
  const FileKind kind = SniffFile(reader.path());
  return DataError(
      {.what = fmt::format("{}: not an IDX file of {}", reader.Where(0), wanted.name),
       .expected = fmt::format("an IDX file of numbers, axes: {}", fmt::join(wanted.axes, " or ")),
       .got = fmt::format("0x{:08x}: {}", magic, kind.name),
       .hint = kind.hint});
}

void ReadHeaderBytes(ContentReader& reader, uint8_t* to, uint64_t offset, size_t count) {
  const size_t got = reader.Read(to, count);
  if (got < count) {
    throw DataError({.what = fmt::format("{}: the header is truncated", reader.Where(offset + got)),
                     .expected = fmt::format("{} bytes of header", offset + count),
                     .got = fmt::format("{} bytes", offset + got),
                     .hint = kDamagedHint});
  }
}

IdxHeader ReadHeader(ContentReader& reader, const Wanted& wanted) {
  std::array<uint8_t, 4 * kMostAxes> bytes = {};
  ReadHeaderBytes(reader, bytes.data(), 0, 4);
  const uint32_t magic = BigEndian(bytes.data());
  if (!wanted.Accepts(magic)) throw WrongMagic(reader, wanted, magic);
  const size_t rank = magic & 0xFF;
  ReadHeaderBytes(reader, bytes.data(), 4, 4 * rank);
  const ElementType* type = FindType(magic);
  IdxHeader header{.type = type, .bytes = 4 + 4 * rank, .content = type->bytes, .sizes = {}};
  for (size_t axis = 0; axis < rank; ++axis) {
    const uint64_t size = BigEndian(bytes.data() + 4 * axis);
    if (size == 0 || size > kMaxContent / header.content) {
      throw DataError({.what = fmt::format("{}: invalid size of axis {}", reader.Where(4 + 4 * axis), axis),
                       .expected = fmt::format("at least 1, and at most {} bytes in total", kMaxContent),
                       .got = fmt::format("{}", size),
                       .hint = kDamagedHint});
    }
    header.content *= size;
    header.sizes.push_back(static_cast<int64_t>(size));
  }
  return header;
}

Error SizeError(const ContentReader& reader, const IdxHeader& header, uint64_t got, const char* more) {
  const uint64_t all = header.bytes + header.content;
  return DataError(
      {.what = fmt::format("{}: the content {} the size in the header", reader.Where(std::min(got, all)),
                           got < all ? "is shorter than" : "exceeds"),
       .expected =
           fmt::format("{} bytes: {} of header and {} of elements", all, header.bytes, header.content),
       .got = fmt::format("{} bytes{}", got, more),
       .hint = kDamagedHint});
}

// The bytes after the header, u8 [content]. A plain file's size is checked first; for a compressed file the
// buffer starts at a plausible multiple of the file size and doubles as bytes arrive.
Tensor ReadElements(ContentReader& reader, const IdxHeader& header) {
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
  uint8_t surplus = 0;  // reading one more byte makes zlib verify the checksum
  if (reader.Read(&surplus, 1) != 0) throw SizeError(reader, header, header.bytes + filled + 1, " or more");
  return elements;
}

// A file, read whole.
class IdxFile {
 public:
  IdxFile(const std::filesystem::path& path, const Wanted& wanted) : path_(path.string()) {
    ContentReader reader(path);
    header_ = ReadHeader(reader, wanted);
    elements_ = ReadElements(reader, header_);
  }

  Tensor TakeImages() {
    const Shape shape(header_.sizes);
    if (header_.type->kind == "u1") {
      elements_.Reshape(shape);
      return std::move(elements_);
    }
    Tensor images(shape);
    WithNumbers(
        [&]<class T>(std::span<const T> stored) { numbers::ToFloats(stored, images.span<float>(), path_); });
    return images;
  }

  std::vector<int32_t> TakeLabels() {
    std::vector<int32_t> labels;
    WithNumbers([&]<class T>(std::span<const T> stored) { labels = numbers::ToLabels(stored, path_); });
    return labels;
  }

 private:
  // Calls `visit` with the elements, brought into the machine's byte order.
  template <class Visit>
  void WithNumbers(const Visit& visit) {
    numbers::WithType(header_.type->kind, [&]<class T>(T) {
      const std::span<T> stored(static_cast<T*>(elements_.raw()), header_.content / sizeof(T));
      numbers::SwapBytes(stored);
      visit(std::span<const T>(stored));
    });
  }

  std::string path_;
  IdxHeader header_;
  Tensor elements_;
};

}  // namespace

Tensor ReadIdxImages(const std::filesystem::path& path) {
  return IdxFile(path, kImages).TakeImages();
}

std::optional<StoredBytes> FindIdxBytes(const std::filesystem::path& path) {
  ContentReader reader(path);
  const IdxHeader header = ReadHeader(reader, kImages);
  if (reader.compressed() || header.type->kind != "u1") return std::nullopt;
  if (reader.file_size() != header.bytes + header.content)
    throw SizeError(reader, header, reader.file_size(), "");
  return StoredBytes{header.bytes, Shape(header.sizes)};
}

std::vector<int32_t> ReadIdxLabels(const std::filesystem::path& path) {
  return IdxFile(path, kLabels).TakeLabels();
}

std::optional<std::string> DescribeIdx(std::string_view start) {
  if (start.size() < 4) return std::nullopt;
  const uint32_t magic = BigEndian(reinterpret_cast<const uint8_t*>(start.data()));
  const ElementType* type = FindType(magic);
  const uint32_t axes = magic & 0xFF;
  if (type == nullptr || axes == 0 || axes > 8) return std::nullopt;
  return fmt::format("an IDX file of {}, {} ax{}s", type->name, axes, axes == 1 ? "i" : "e");
}

}  // namespace hourglass
