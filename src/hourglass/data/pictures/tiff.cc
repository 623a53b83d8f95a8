#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

#include "hourglass/data/pictures/codecs.h"

namespace hourglass {
namespace {

// The file as libtiff reads it, and the first thing that it complained of.
struct TiffSource {
  std::span<const uint8_t> bytes;
  uint64_t position = 0;
  std::string complaint = {};
};

TiffSource& SourceOf(thandle_t handle) {
  return *static_cast<TiffSource*>(handle);
}

tmsize_t ReadTiff(thandle_t handle, void* to, tmsize_t count) {
  TiffSource& source = SourceOf(handle);
  const uint64_t size = source.bytes.size(), begin = std::min<uint64_t>(source.position, size);
  const uint64_t read = std::min<uint64_t>(static_cast<uint64_t>(count), size - begin);
  if (read > 0) std::memcpy(to, source.bytes.data() + begin, read);
  source.position = begin + read;
  return static_cast<tmsize_t>(read);
}
tmsize_t RefuseToWriteTiff(thandle_t, void*, tmsize_t) {
  return 0;
}
toff_t SeekTiff(thandle_t handle, toff_t offset, int from) {
  TiffSource& source = SourceOf(handle);
  const uint64_t base = from == SEEK_SET ? 0 : from == SEEK_CUR ? source.position : source.bytes.size();
  return source.position = base + offset;
}
int CloseTiff(thandle_t) {
  return 0;
}
toff_t SizeOfTiff(thandle_t handle) {
  return SourceOf(handle).bytes.size();
}

int KeepComplaint(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  std::string& complaint = static_cast<TiffSource*>(user)->complaint;
  if (!complaint.empty()) return 1;
  char text[200];
  std::vsnprintf(text, sizeof text, format, arguments);
  complaint = text;
  return 1;
}
int IgnoreWarning(TIFF*, void*, const char*, const char*, va_list) {
  return 1;  // of unknown tags, mostly
}

// One TIFF file.
class Tiff {
 public:
  explicit Tiff(const PictureFile& file) : file_(file), source_{file.bytes} {
    struct FreeOptions {
      void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
    };
    const std::unique_ptr<TIFFOpenOptions, FreeOptions> options(TIFFOpenOptionsAlloc());
    if (options == nullptr) throw std::bad_alloc();
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(),
                                        static_cast<tmsize_t>(MostPictureBytes(file.bytes.size())));
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), KeepComplaint, &source_);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), IgnoreWarning, nullptr);
    tiff_.reset(TIFFClientOpenExt("picture", "rm", &source_, ReadTiff, RefuseToWriteTiff, SeekTiff, CloseTiff,
                                  SizeOfTiff, nullptr, nullptr, options.get()));
    if (tiff_ == nullptr) throw Damage();
  }

  DecodedPicture Decode() {
    CheckKind();
    const PictureSize size = {Field<uint32_t>(TIFFTAG_IMAGELENGTH, 0),
                              Field<uint32_t>(TIFFTAG_IMAGEWIDTH, 0)};
    const auto bits = Field<uint16_t>(TIFFTAG_BITSPERSAMPLE, 1);
    const auto photometric = Field<uint16_t>(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    CheckPictureSize(file_, size, 16);
    Picture picture =
        IsGrey16(bits, photometric) ? ReadGrey16(size, photometric) : ReadRgba(size, photometric);
    const auto orientation = Field<uint16_t>(TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    SetUpright(orientation, picture);
    const PictureTraits traits = {.format = "TIFF",
                                  .size = picture.size,
                                  .channels = picture.channels,
                                  .bits = bits,
                                  .palette = photometric == PHOTOMETRIC_PALETTE,
                                  .cmyk = photometric == PHOTOMETRIC_SEPARATED,
                                  .rotated = orientation > 1 && orientation <= 8};
    return {std::move(picture), traits};
  }

 private:
  struct Close {
    void operator()(TIFF* tiff) const { TIFFClose(tiff); }
  };

  Error Damage() const {
    return DamagedPicture(file_, std::min<uint64_t>(source_.position, file_.bytes.size() - 1),
                          source_.complaint.empty() ? "it cannot be decoded" : source_.complaint);
  }

  template <class T>
  T Field(uint32_t tag, T otherwise) const {
    T value = otherwise;
    return TIFFGetFieldDefaulted(tiff_.get(), tag, &value) == 1 ? value : otherwise;
  }

  // Refuses what is no single picture of whole numbers.
  void CheckKind() const {
    if (TIFFLastDirectory(tiff_.get()) == 0) {
      throw DataError({.what = file_.where + " has several pages",
                       .expected = "one picture per file",
                       .hint = "save each page as a file"});
    }
    const auto kind = Field<uint16_t>(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
    if (kind == SAMPLEFORMAT_UINT || kind == SAMPLEFORMAT_VOID) return;
    throw DataError(
        {.what = file_.where + " does not hold whole numbers without signs",
         .expected = "unsigned integers of up to 16 bits",
         .got = kind == SAMPLEFORMAT_IEEEFP ? "floating-point numbers" : "another kind of numbers",
         .hint = "save it with 8 or 16 bits per channel, or as npy"});
  }

  bool IsGrey16(uint16_t bits, uint16_t photometric) const {
    return bits == 16 && Field<uint16_t>(TIFFTAG_SAMPLESPERPIXEL, 1) == 1 &&
           photometric <= PHOTOMETRIC_MINISBLACK && TIFFIsTiled(tiff_.get()) == 0;
  }

  // libtiff's own conversion would make 8 bits of them by the range that occurs.
  Picture ReadGrey16(const PictureSize& size, uint16_t photometric) {
    Picture picture{.size = size, .channels = 1, .pixels = {}};
    const auto width = static_cast<size_t>(size.width);
    if (TIFFScanlineSize(tiff_.get()) != static_cast<tmsize_t>(2 * width)) throw Damage();
    std::vector<uint16_t> row(width);
    for (int64_t y = 0; y < size.height; ++y) {
      if (TIFFReadScanline(tiff_.get(), row.data(), static_cast<uint32_t>(y), 0) != 1) throw Damage();
      for (const uint16_t value : row) {
        const uint8_t level = To8Bits(value);
        picture.pixels.push_back(photometric == PHOTOMETRIC_MINISWHITE ? 255 - level : level);
      }
    }
    return picture;
  }

  // Every other kind, by libtiff's conversion to RGBA.
  Picture ReadRgba(const PictureSize& size, uint16_t photometric) {
    std::vector<uint32_t> raster(static_cast<size_t>(size.height * size.width));
    const auto stored = Field<uint16_t>(TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    const int done = TIFFReadRGBAImageOriented(tiff_.get(), static_cast<uint32_t>(size.width),
                                               static_cast<uint32_t>(size.height), raster.data(), stored, 1);
    if (done != 1) throw Damage();
    uint16_t count = 0;
    const uint16_t* extra = nullptr;
    const bool alpha = TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_EXTRASAMPLES, &count, &extra) == 1 &&
                       count > 0 && extra[0] != EXTRASAMPLE_UNSPECIFIED;
    const bool grey = photometric <= PHOTOMETRIC_MINISBLACK;
    Picture picture{.size = size, .channels = (grey ? 1 : 3) + (alpha ? 1 : 0), .pixels = {}};
    // libtiff multiplies alpha into RGB, but not into grey.
    const bool multiplied = alpha && !(grey && extra[0] == EXTRASAMPLE_UNASSALPHA);
    picture.pixels.reserve(raster.size() * static_cast<size_t>(picture.channels));
    for (const uint32_t pixel : raster) {
      const uint32_t a = multiplied ? TIFFGetA(pixel) : 255;
      for (int c = 0; c < (grey ? 1 : 3); ++c) {
        const uint32_t level = pixel >> (8 * c) & 0xFF;
        picture.pixels.push_back(
            static_cast<uint8_t>(a == 0 ? 0 : std::min(255U, (level * 255 + a / 2) / a)));
      }
      if (alpha) picture.pixels.push_back(static_cast<uint8_t>(TIFFGetA(pixel)));
    }
    return picture;
  }

  const PictureFile& file_;
  TiffSource source_;
  std::unique_ptr<TIFF, Close> tiff_;
};

}  // namespace

DecodedPicture DecodeTiff(const PictureFile& file, const PictureForm&) {
  return Tiff(file).Decode();
}

}  // namespace hourglass
