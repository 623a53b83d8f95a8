// The decoders of picture files, one file each, and what they share.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "hourglass/core/error.h"
#include "hourglass/data/pictures/picture.h"

namespace hourglass {

// The content of a file, and its name for errors.
struct PictureFile {
  std::span<const uint8_t> bytes;
  const std::string& where;
};

DecodedPicture DecodePng(const PictureFile& file, const PictureForm& form);
DecodedPicture DecodeJpeg(const PictureFile& file, const PictureForm& form);
DecodedPicture DecodeWebp(const PictureFile& file, const PictureForm& form);
DecodedPicture DecodeTiff(const PictureFile& file, const PictureForm& form);
DecodedPicture DecodeBmp(const PictureFile& file, const PictureForm& form);

// An Error to throw: the file is damaged near `byte`.
Error DamagedPicture(const PictureFile& file, uint64_t byte, const std::string& reason);

// Bytes that a picture from a file of `file_size` bytes may take.
uint64_t MostPictureBytes(uint64_t file_size);
// Throws a data Error unless a picture of this size, which needs `bytes_per_pixel` of memory, is an honest
// one.
void CheckPictureSize(const PictureFile& file, const PictureSize& size, uint64_t bytes_per_pixel);

// 16 bits rounded to 8.
inline uint8_t To8Bits(uint16_t value) {
  return static_cast<uint8_t>((value + 128) / 257);
}

// Sets a picture upright: `orientation` is that of EXIF, 1 (upright) to 8; others count as 1.
void SetUpright(int orientation, Picture& picture);
// The orientation in an EXIF block, with or without "Exif" in front; 1 if it says none.
int OrientationInExif(std::span<const uint8_t> exif);
// Orientations 5 to 8 exchange height and width.
inline bool ExchangesSides(int orientation) {
  return orientation >= 5 && orientation <= 8;
}

}  // namespace hourglass
