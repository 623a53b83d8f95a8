// Pictures in files: PNG, JPEG, WebP, TIFF and BMP, recognised by their first bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/data/pictures/form.h"

namespace hourglass {

// A decoded picture: rows from top to bottom, pixels from left to right, the channels of a pixel side by
// side.
struct Picture {
  PictureSize size;
  int channels = 0;             // 1: grey, 2: grey and alpha, 3: RGB, 4: RGB and alpha
  std::vector<uint8_t> pixels;  // alpha is not multiplied into the other channels

  bool has_alpha() const { return channels % 2 == 0; }
  bool grey() const { return channels <= 2; }
};

// What a file had to be converted from, for reports.
struct PictureTraits {
  const char* format = "";  // "PNG"
  PictureSize size;         // of the whole picture, upright
  int channels = 0;         // as in Picture
  int bits = 8;             // per channel; more than 8 are rounded to 8
  bool palette = false;
  bool cmyk = false;     // converted without a colour profile
  bool rotated = false;  // set upright, as its EXIF orientation says
};

struct DecodedPicture {
  Picture picture;
  PictureTraits traits;
};

// Decodes the content of a picture file; `where` names it in errors. A JPEG may be decoded at 1/2, 1/4 or 1/8
// of its size, if that is still at least as large as `form` asks; nothing else of `form` is applied. Throws a
// data Error for a file that is no such picture, is damaged or truncated (even if it could still be shown),
// has several pages or frames, or has so many pixels that they would take more than 32 · its bytes + 48 MB of
// memory, which is more than in honest files of that size.
DecodedPicture DecodePicture(std::span<const uint8_t> file, const std::string& where,
                             const PictureForm& form);

// Whether a file that begins with these bytes is in one of the formats, by its first bytes alone.
bool IsPicture(std::span<const uint8_t> start);

// The picture in that form: alpha over the background, then size, then channels, which must not be kAuto.
// With no size, it keeps its own.
Picture Conform(Picture picture, const PictureForm& form);

// Writes the pixels as planes [C, H, W], and makes a picture of planes.
void CopyPlanes(const Picture& picture, uint8_t* planes);
Picture PictureOfPlanes(const uint8_t* planes, const PictureSize& size, int channels);

}  // namespace hourglass
