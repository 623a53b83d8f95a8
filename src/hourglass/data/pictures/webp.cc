#include <webp/decode.h>

#include <algorithm>

#include "hourglass/data/pictures/codecs.h"

namespace hourglass {
namespace {

// The EXIF block among the chunks of the file; empty if there is none.
std::span<const uint8_t> ExifOf(std::span<const uint8_t> file) {
  constexpr size_t kHeader = 12, kChunk = 8;
  for (size_t at = kHeader; at + kChunk <= file.size();) {
    const size_t size = file[at + 4] | file[at + 5] << 8 | file[at + 6] << 16 | size_t{file[at + 7]} << 24;
    const size_t begin = at + kChunk, whole = std::min(size, file.size() - begin);
    if (std::equal(&file[at], &file[at] + 4, "EXIF")) return file.subspan(begin, whole);
    at = begin + whole + whole % 2;
  }
  return {};
}

}  // namespace

DecodedPicture DecodeWebp(const PictureFile& file, const PictureForm&) {
  WebPBitstreamFeatures features = {};
  const VP8StatusCode status = WebPGetFeatures(file.bytes.data(), file.bytes.size(), &features);
  if (status == VP8_STATUS_NOT_ENOUGH_DATA)
    throw DamagedPicture(file, file.bytes.size(), "it ends in its header");
  if (status != VP8_STATUS_OK) throw DamagedPicture(file, 0, "its header is not one of WebP");
  if (features.has_animation != 0) {
    throw DataError({.what = file.where + " is an animation",
                     .expected = "a still picture",
                     .hint = "save one of its frames"});
  }
  Picture picture{
      .size = {features.height, features.width}, .channels = features.has_alpha != 0 ? 4 : 3, .pixels = {}};
  CheckPictureSize(file, picture.size, 2 * static_cast<uint64_t>(picture.channels));
  const auto stride = static_cast<size_t>(picture.size.width) * static_cast<size_t>(picture.channels);
  picture.pixels.resize(static_cast<size_t>(picture.size.height) * stride);
  const auto decode = picture.has_alpha() ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (decode(file.bytes.data(), file.bytes.size(), picture.pixels.data(), picture.pixels.size(),
             static_cast<int>(stride)) == nullptr) {
    throw DamagedPicture(file, file.bytes.size(), "its pixels cannot be decoded");
  }
  const std::span<const uint8_t> exif = ExifOf(file.bytes);
  const int orientation = exif.empty() ? 1 : OrientationInExif(exif);
  SetUpright(orientation, picture);
  const PictureTraits traits = {.format = "WebP",
                                .size = picture.size,
                                .channels = picture.channels,
                                .rotated = orientation > 1 && orientation <= 8};
  return {std::move(picture), traits};
}

}  // namespace hourglass
