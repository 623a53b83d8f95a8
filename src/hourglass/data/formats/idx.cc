#include "hourglass/data/formats/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/data/content_reader.h"

namespace hourglass {
namespace {

constexpr uint64_t kMaxContent = uint64_t{1} << 36;  // 64 GiB: beyond this a header is taken for a lie
constexpr uint64_t kUsualRatio = 16;                 // gzip shrinks pictures less than this
struct IdxHeader {
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

IdxHeader ReadHeader(ContentReader& reader, const Wanted& wanted) {
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
  IdxHeader header{.bytes = 4 + 4 * rank, .content = 1, .sizes = {}};
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

Error SizeError(const ContentReader& reader, const IdxHeader& header, uint64_t got, const char* more) {
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
  uint8_t surplus = 0;  // asking for one byte more also makes zlib check its checksum
  if (reader.Read(&surplus, 1) != 0) throw SizeError(reader, header, header.bytes + filled + 1, " or more");
  return elements;
}

}  // namespace

Tensor ReadIdxImages(const std::filesystem::path& path) {
  ContentReader reader(path);
  const IdxHeader header = ReadHeader(
      reader, {"images", {0x803, 0x804}, "is this an IDX file of images? 0x00000801 would be one of labels"});
  Tensor images = ReadElements(reader, header);
  const auto& s = header.sizes;
  images.Reshape(s.size() == 3 ? Shape{s[0], 1, s[1], s[2]} : Shape{s[0], s[1], s[2], s[3]});
  return images;
}

std::vector<uint8_t> ReadIdxLabels(const std::filesystem::path& path) {
  ContentReader reader(path);
  const IdxHeader header = ReadHeader(
      reader, {"labels", {0x801}, "is this an IDX file of labels? 0x00000803 would be one of images"});
  const Tensor labels = ReadElements(reader, header);
  return {labels.span<uint8_t>().begin(), labels.span<uint8_t>().end()};
}

}  // namespace hourglass
