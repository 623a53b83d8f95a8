#include <cstdlib>
#include <limits>
#include <memory>

#include "hourglass/data/pictures/codecs.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#include <stb/stb_image.h>

namespace hourglass {
namespace {

// The fields of the header that stb_image keeps to itself. It takes what is missing at the end for zeros.
class BmpHeader {
 public:
  explicit BmpHeader(const PictureFile& file) : bytes_(file.bytes) {
    constexpr size_t kShortest = 26;
    if (bytes_.size() < kShortest) throw DamagedPicture(file, bytes_.size(), "it ends in its header");
  }

  uint64_t bits() const { return old() ? Number(24, 2) : Number(28, 2); }
  // Where a file with this many rows of pixels ends.
  uint64_t End(const PictureSize& size) const {
    const uint64_t row = (static_cast<uint64_t>(size.width) * bits() + 31) / 32 * 4;
    return Number(10, 4) + row * static_cast<uint64_t>(size.height);
  }
  // Only later headers have a mask of alpha; before, the fourth byte of a pixel means nothing.
  bool HasAlpha() const {
    constexpr uint64_t kWithAlpha = 56, kAlphaMask = 66;
    return bits() == 32 && Number(14, 4) >= kWithAlpha && Number(kAlphaMask, 4) != 0;
  }
  bool HasGreyPalette() const {
    if (bits() > 8) return false;
    const uint64_t entry = old() ? 3 : 4, end = std::min<uint64_t>(Number(10, 4), bytes_.size());
    for (uint64_t at = 14 + Number(14, 4); at + entry <= end; at += entry) {
      if (bytes_[at] != bytes_[at + 1] || bytes_[at] != bytes_[at + 2]) return false;
    }
    return true;
  }

 private:
  bool old() const { return Number(14, 4) == 12; }  // of OS/2
  uint64_t Number(uint64_t at, uint64_t count) const {
    uint64_t number = 0;
    for (uint64_t i = count; i-- > 0;) number = number << 8 | (at + i < bytes_.size() ? bytes_[at + i] : 0U);
    return number;
  }

  std::span<const uint8_t> bytes_;
};

}  // namespace

DecodedPicture DecodeBmp(const PictureFile& file, const PictureForm&) {
  const BmpHeader header(file);
  if (file.bytes.size() > std::numeric_limits<int>::max()) throw DamagedPicture(file, 0, "it is too large");
  const auto file_size = static_cast<int>(file.bytes.size());
  int width = 0, height = 0, channels = 0;
  if (stbi_info_from_memory(file.bytes.data(), file_size, &width, &height, &channels) == 0)
    throw DamagedPicture(file, 0, stbi_failure_reason());
  const PictureSize size = {std::abs(height), width};
  CheckPictureSize(file, size, 2 * static_cast<uint64_t>(channels));
  if (header.End(size) > file.bytes.size())
    throw DamagedPicture(file, file.bytes.size(), "pixels are missing");
  struct Free {
    void operator()(uint8_t* pixels) const { stbi_image_free(pixels); }
  };
  const std::unique_ptr<uint8_t, Free> pixels(
      stbi_load_from_memory(file.bytes.data(), file_size, &width, &height, &channels, 0));
  if (pixels == nullptr) throw DamagedPicture(file, 0, stbi_failure_reason());
  Picture picture{.size = size, .channels = channels, .pixels = {}};
  const int64_t count = size.height * size.width;
  if (header.HasGreyPalette()) {
    picture.channels = 1;
    for (int64_t i = 0; i < count; ++i) picture.pixels.push_back(pixels.get()[i * channels]);
  } else {
    picture.channels = header.HasAlpha() ? 4 : 3;
    for (int64_t i = 0; i < count; ++i)
      picture.pixels.insert(picture.pixels.end(), &pixels.get()[i * channels],
                            &pixels.get()[i * channels] + picture.channels);
  }
  const PictureTraits traits = {
      .format = "BMP", .size = size, .channels = picture.channels, .palette = header.bits() <= 8};
  return {std::move(picture), traits};
}

}  // namespace hourglass
