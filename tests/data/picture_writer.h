// Small picture files of every kind, made by the libraries that read them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hourglass/data/pictures/picture.h"

namespace hourglass::testing {

// A smooth picture, another one for each number. No pixel is wholly transparent: WebP would change its
// colour.
Picture MakePicture(const PictureSize& size, int channels, int number = 0);

// An EXIF block with nothing but the orientation.
std::string ExifOf(int orientation);

// Of 8 bits per channel; with an orientation in EXIF, unless it is 0.
std::string PngOf(const Picture& picture, int orientation = 0);
// Of any kind: `rows` as PNG stores them (16 bits in the machine's byte order), with a palette if it is not
// empty (RGB), and a transparent colour if `transparent` (grey level 0 of the file, or palette entry 0).
struct PngKind {
  PictureSize size;
  int colour_type = 0, bits = 8;
  std::string rows;
  std::vector<uint8_t> palette = {};
  bool transparent = false;
  int orientation = 0;
};
std::string PngOf(const PngKind& kind);

struct JpegKind {
  bool progressive = false;
  bool cmyk = false;    // as Adobe's programs write it
  int orientation = 0;  // in EXIF; 0: no EXIF
};
// Of one or three channels, in the best quality.
std::string JpegOf(const Picture& picture, const JpegKind& kind = {});

// Without loss, of three or four channels.
std::string WebpOf(const Picture& picture);

struct TiffKind {
  int bits = 8;  // of whole numbers; 32: of floats
  int pages = 1;
  int orientation = 1;
  bool compressed = false;
};
// Of one, three or four channels. With 16 bits, each level is multiplied by 257.
std::string TiffOf(const Picture& picture, const TiffKind& kind = {});

// Grey as 8 bits with a palette, or of three or four channels; the header has no mask of alpha.
std::string BmpOf(const Picture& picture);

}  // namespace hourglass::testing
