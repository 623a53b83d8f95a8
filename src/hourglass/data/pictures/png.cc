#include <spng.h>

#include <algorithm>
#include <memory>

#include "hourglass/data/pictures/codecs.h"

namespace hourglass {
namespace {

struct FreePng {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};

// Feeds the file to libspng and knows how much of it has been read.
struct PngReader {
  std::span<const uint8_t> bytes;
  size_t position = 0;
};

int ReadPng(spng_ctx*, void* user, void* to, size_t count) {
  PngReader& reader = *static_cast<PngReader*>(user);
  const size_t left = reader.bytes.size() - reader.position, read = std::min(left, count);
  std::copy_n(reader.bytes.data() + reader.position, read, static_cast<uint8_t*>(to));
  reader.position += read;
  return read < count ? SPNG_IO_EOF : 0;
}

// One PNG file.
class Png {
 public:
  explicit Png(const PictureFile& file) : file_(file), reader_{file.bytes}, context_(spng_ctx_new(0)) {
    if (context_ == nullptr) throw std::bad_alloc();
    // Damaged text or times are no reason to refuse a picture.
    Check(spng_set_crc_action(context_.get(), SPNG_CRC_ERROR, SPNG_CRC_DISCARD));
    Check(spng_set_chunk_limits(context_.get(), file.bytes.size() + 1, 2 * file.bytes.size() + (1 << 20)));
    Check(spng_set_png_stream(context_.get(), ReadPng, &reader_));
    Check(spng_get_ihdr(context_.get(), &header_));
    CheckIsStill();
    spng_trns transparency = {};
    transparent_ = Has(spng_get_trns(context_.get(), &transparency));
    if (header_.color_type == SPNG_COLOR_TYPE_INDEXED) {
      Check(spng_get_plte(context_.get(), &palette_));
      grey_palette_ = std::all_of(palette_.entries, palette_.entries + palette_.n_entries,
                                  [](const auto& c) { return c.red == c.green && c.green == c.blue; });
    }
  }

  DecodedPicture Decode() {
    Picture picture{.size = {header_.height, header_.width}, .channels = Channels(), .pixels = {}};
    const bool deep = header_.bit_depth == 16;
    const uint64_t decoded_channels = DecodedChannels();
    CheckPictureSize(file_, picture.size, 2 * decoded_channels * (deep ? 2 : 1));
    const auto values = static_cast<size_t>(header_.height) * header_.width * decoded_channels;
    if (deep) {
      std::vector<uint16_t> decoded(values);
      DecodeAs(transparent_ ? SPNG_FMT_RGBA16 : SPNG_FMT_PNG, decoded.data(), 2 * values);
      std::vector<uint8_t> rounded(values);
      std::ranges::transform(decoded, rounded.begin(), To8Bits);
      picture.pixels = std::move(rounded);
    } else {
      picture.pixels.resize(values);
      const spng_format format = decoded_channels == 1   ? SPNG_FMT_G8
                                 : decoded_channels == 3 ? SPNG_FMT_RGB8
                                                         : SPNG_FMT_RGBA8;
      DecodeAs(format, picture.pixels.data(), values);
    }
    DropColours(static_cast<int>(decoded_channels), picture);
    Check(spng_decode_chunks(context_.get()));  // up to the end, so that a file without one is found
    const int orientation = Orientation();
    SetUpright(orientation, picture);
    const PictureTraits traits = {.format = "PNG",
                                  .size = picture.size,
                                  .channels = picture.channels,
                                  .bits = header_.bit_depth,
                                  .palette = header_.color_type == SPNG_COLOR_TYPE_INDEXED,
                                  .rotated = orientation > 1 && orientation <= 8};
    return {std::move(picture), traits};
  }

 private:
  bool Has(int code) const {
    if (code == SPNG_ECHUNKAVAIL) return false;
    Check(code);
    return true;
  }

  void Check(int code) const {
    if (code == SPNG_OK) return;
    throw DamagedPicture(file_, code == SPNG_IO_EOF ? file_.bytes.size() : reader_.position,
                         spng_strerror(code));
  }

  int Orientation() const {
    spng_exif exif = {};
    if (spng_get_exif(context_.get(), &exif) != SPNG_OK) return 1;
    return OrientationInExif({reinterpret_cast<const uint8_t*>(exif.data), exif.length});
  }

  // libspng shows the first frame of an animation.
  void CheckIsStill() const {
    const auto number = [&](size_t at) {
      uint32_t value = 0;
      for (size_t i = at; i < at + 4; ++i) value = value << 8 | file_.bytes[i];
      return value;
    };
    constexpr size_t kSignature = 8, kFrame = 12;  // length, type and checksum of a chunk
    for (size_t at = kSignature; at + kFrame <= file_.bytes.size(); at += kFrame + number(at)) {
      const std::string_view type(reinterpret_cast<const char*>(&file_.bytes[at + 4]), 4);
      if (type == "IDAT") return;
      if (type != "acTL" || number(at + 8) <= 1) continue;  // the number of frames
      throw DataError({.what = file_.where + " is an animation",
                       .expected = "a still picture",
                       .hint = "save one of its frames"});
    }
  }

  bool grey() const {
    return header_.color_type == SPNG_COLOR_TYPE_GRAYSCALE ||
           header_.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA || grey_palette_;
  }

  // Of the picture.
  int Channels() const {
    const bool alpha = transparent_ || header_.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
                       header_.color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
    return (grey() ? 1 : 3) + (alpha ? 1 : 0);
  }

  // Those in which libspng decodes it: it has no grey of palettes, and with alpha only RGBA.
  uint64_t DecodedChannels() const {
    const bool deep = header_.bit_depth == 16;
    if (deep && !transparent_) return static_cast<uint64_t>(Channels());
    if (Channels() % 2 == 0) return 4;
    return header_.color_type == SPNG_COLOR_TYPE_GRAYSCALE ? 1 : 3;
  }

  void DecodeAs(spng_format format, void* to, size_t bytes) const {
    size_t size = 0;
    Check(spng_decoded_image_size(context_.get(), format, &size));
    if (size != bytes) throw DamagedPicture(file_, reader_.position, "its size is not that of its pixels");
    Check(spng_decode_image(context_.get(), to, bytes, format, transparent_ ? SPNG_DECODE_TRNS : 0));
  }

  // From `decoded` channels to those of the picture: three equal ones become one.
  static void DropColours(int decoded, Picture& picture) {
    if (decoded == picture.channels) return;
    uint8_t* to = picture.pixels.data();
    for (size_t i = 0; i < picture.pixels.size(); i += static_cast<size_t>(decoded)) {
      *to++ = picture.pixels[i];
      if (picture.has_alpha()) *to++ = picture.pixels[i + 3];
    }
    picture.pixels.resize(static_cast<size_t>(to - picture.pixels.data()));
  }

  const PictureFile& file_;
  PngReader reader_;
  std::unique_ptr<spng_ctx, FreePng> context_;
  spng_ihdr header_ = {};
  spng_plte palette_ = {};
  bool transparent_ = false, grey_palette_ = false;
};

}  // namespace

DecodedPicture DecodePng(const PictureFile& file, const PictureForm&) {
  return Png(file).Decode();
}

}  // namespace hourglass
