#include <webp/decode.h>

#include "hourglass/data/pictures/codecs.h"

namespace hourglass {

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
  const PictureTraits traits = {.format = "WebP", .size = picture.size, .channels = picture.channels};
  return {std::move(picture), traits};
}

}  // namespace hourglass
