#include "hourglass/data/pictures/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "hourglass/core/check.h"
#include "hourglass/data/detail/sniff.h"
#include "hourglass/data/pictures/codecs.h"
#include "hourglass/data/pictures/resize.h"

namespace hourglass {
namespace {

using std::string_view_literals::operator""sv;

// A format, recognised by the bytes at `offset`.
struct PictureFormat {
  size_t offset;
  std::string_view bytes;
  DecodedPicture (*decode)(const PictureFile& file, const PictureForm& form);
};

constexpr PictureFormat kFormats[] = {
    {0, "\x89PNG\r\n\x1a\n"sv, DecodePng},
    {0, "\xff\xd8\xff"sv, DecodeJpeg},
    {8, "WEBPVP8"sv, DecodeWebp},
    {0, "II*\0"sv, DecodeTiff},
    {0, "MM\0*"sv, DecodeTiff},
    {0, "BM"sv, DecodeBmp},
};

std::string_view TextOf(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const PictureFormat* FormatOf(std::string_view start) {
  const auto found = std::ranges::find_if(kFormats, [&](const PictureFormat& format) {
    return start.size() > format.offset && start.substr(format.offset).starts_with(format.bytes);
  });
  return found == std::end(kFormats) ? nullptr : found;
}

// The brightness of a colour, ITU-R BT.601, as Pillow rounds it.
uint8_t Luma(const uint8_t* rgb) {
  return static_cast<uint8_t>((19595U * rgb[0] + 38470U * rgb[1] + 7471U * rgb[2] + 0x8000U) >> 16);
}

// A picture without alpha.
Picture OverBackground(Picture picture, const std::array<uint8_t, 3>& background) {
  if (!picture.has_alpha()) return picture;
  const int colours = picture.channels - 1;
  const std::array<uint8_t, 3> behind =
      colours == 1 ? std::array<uint8_t, 3>{Luma(background.data())} : background;
  const auto pixels = static_cast<size_t>(picture.size.height * picture.size.width);
  uint8_t* to = picture.pixels.data();
  const uint8_t* from = to;
  for (size_t i = 0; i < pixels; ++i) {
    const unsigned alpha = from[colours];
    for (int c = 0; c < colours; ++c)
      *to++ = static_cast<uint8_t>((*from++ * alpha + behind[c] * (255 - alpha) + 127) / 255);
    ++from;
  }
  picture.channels = colours;
  picture.pixels.resize(pixels * static_cast<size_t>(colours));
  return picture;
}

// The picture in grey (1) or RGB (3); alpha stays as it is.
Picture InColours(Picture picture, int colours) {
  const int alpha = picture.has_alpha() ? 1 : 0, before = picture.channels - alpha;
  if (before == colours) return picture;
  Picture result{.size = picture.size, .channels = colours + alpha, .pixels = {}};
  const auto pixels = static_cast<size_t>(picture.size.height * picture.size.width);
  result.pixels.resize(pixels * static_cast<size_t>(result.channels));
  const uint8_t* from = picture.pixels.data();
  uint8_t* to = result.pixels.data();
  for (size_t i = 0; i < pixels; ++i, from += picture.channels) {
    to = std::fill_n(to, colours, before == 1 ? *from : Luma(from));
    if (alpha == 1) *to++ = from[before];
  }
  return result;
}

}  // namespace

Error DamagedPicture(const PictureFile& file, uint64_t byte, const std::string& reason) {
  const bool at_end = byte >= file.bytes.size();
  return DataError(
      {.what = fmt::format("{} is {} byte {}", file.where, at_end ? "truncated at" : "damaged near",
                           std::min<uint64_t>(byte, file.bytes.size())),
       .got = reason});
}

uint64_t MostPictureBytes(uint64_t file_size) {
  // Photographs of 12 and more megapixels are packed up to thirty times, counting the memory in which they
  // are turned upright.
  return 32 * file_size + (uint64_t{48} << 20);
}

void CheckPictureSize(const PictureFile& file, const PictureSize& size, uint64_t bytes_per_pixel) {
  if (size.height <= 0 || size.width <= 0)
    throw DataError({.what = fmt::format("{} has no pixels", file.where), .got = ToString(size)});
  const uint64_t most = MostPictureBytes(file.bytes.size()) / bytes_per_pixel;
  const auto height = static_cast<uint64_t>(size.height), width = static_cast<uint64_t>(size.width);
  if (width <= most && height <= most / width) return;
  throw DataError({.what = fmt::format("{} says it has more pixels than a picture of {} bytes may have",
                                       file.where, file.bytes.size()),
                   .expected = fmt::format("at most {} pixels", most),
                   .got = ToString(size),
                   .hint = "it is damaged, or made to fill the memory; if not, save it in a smaller size"});
}

DecodedPicture DecodePicture(std::span<const uint8_t> bytes, const std::string& where,
                             const PictureForm& form) {
  const PictureFile file = {bytes, where};
  const std::string_view text = TextOf(bytes);
  if (const PictureFormat* format = FormatOf(text)) return format->decode(file, form);
  const FileKind kind = Sniff(text.substr(0, kSniffedBytes));
  throw DataError({.what = fmt::format("{} is not a picture that can be read", where),
                   .expected = "PNG, JPEG, WebP, TIFF or BMP",
                   .got = kind.name});
}

bool IsPicture(std::span<const uint8_t> start) {
  return FormatOf(TextOf(start)) != nullptr;
}

void SetUpright(int orientation, Picture& picture) {
  if (orientation < 2 || orientation > 8) return;
  const auto [height, width] = picture.size;
  Picture upright{.size = picture.size, .channels = picture.channels, .pixels = {}};
  if (ExchangesSides(orientation)) std::swap(upright.size.height, upright.size.width);
  upright.pixels.resize(picture.pixels.size());
  uint8_t* to = upright.pixels.data();
  for (int64_t row = 0; row < upright.size.height; ++row) {
    for (int64_t column = 0; column < upright.size.width; ++column) {
      // The pixel of the stored picture that belongs here.
      int64_t y = row, x = column;
      if (ExchangesSides(orientation)) std::swap(y, x);
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) y = height - 1 - y;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) x = width - 1 - x;
      to = std::copy_n(&picture.pixels[static_cast<size_t>((y * width + x) * picture.channels)],
                       picture.channels, to);
    }
  }
  picture = std::move(upright);
}

Picture Conform(Picture picture, const PictureForm& form) {
  HOURGLASS_CHECK(form.channels != ColourChannels::kAuto);
  picture = InColours(std::move(picture), form.channels == ColourChannels::kGrey ? 1 : 3);
  return Resize(OverBackground(std::move(picture), form.background), form);
}

void CopyPlanes(const Picture& picture, uint8_t* planes) {
  const int64_t channels = picture.channels, plane = picture.size.height * picture.size.width;
  for (int64_t c = 0; c < channels; ++c) {
    const uint8_t* from = picture.pixels.data() + c;
    for (int64_t p = 0; p < plane; ++p, from += channels) *planes++ = *from;
  }
}

Picture PictureOfPlanes(const uint8_t* planes, const PictureSize& size, int channels) {
  Picture picture{.size = size, .channels = channels, .pixels = {}};
  const int64_t plane = size.height * size.width;
  picture.pixels.resize(static_cast<size_t>(channels * plane));
  for (int64_t c = 0; c < channels; ++c) {
    uint8_t* to = picture.pixels.data() + c;
    for (int64_t p = 0; p < plane; ++p, to += channels) *to = *planes++;
  }
  return picture;
}

}  // namespace hourglass
