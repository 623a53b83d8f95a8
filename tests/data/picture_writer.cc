#include "data/picture_writer.h"

#include <cstdio>

#include <jpeglib.h>
#include <spng.h>
#include <tiffio.h>
#include <webp/encode.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>

#include "hourglass/core/check.h"
#include "hourglass/core/file.h"
#include "support/temporary_directory.h"

namespace hourglass::testing {
namespace {

void Put(std::string& to, uint64_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) to += static_cast<char>(number >> (8 * i));
}

void WritePage(TIFF* tiff, const Picture& picture, const TiffKind& kind) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<uint32_t>(picture.size.width));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<uint32_t>(picture.size.height));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, kind.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, picture.channels);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, kind.orientation);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, picture.grey() ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB);
  if (kind.bits == 32) TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_IEEEFP);
  if (kind.compressed) TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
  if (picture.has_alpha()) {
    const uint16_t extra = EXTRASAMPLE_UNASSALPHA;
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &extra);
  }
  const auto values = static_cast<size_t>(picture.size.width * picture.channels);
  for (int64_t y = 0; y < picture.size.height; ++y) {
    std::string row;
    for (size_t i = 0; i < values; ++i) {
      const uint64_t level = picture.pixels[static_cast<size_t>(y) * values + i];
      Put(row, kind.bits == 16 ? level * 257 : level, kind.bits / 8);
    }
    HOURGLASS_CHECK(TIFFWriteScanline(tiff, row.data(), static_cast<uint32_t>(y), 0) == 1);
  }
}

}  // namespace

std::string ExifOf(int orientation) {
  using std::string_literals::operator""s;
  std::string exif = "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s;
  Put(exif, static_cast<uint64_t>(orientation), 4);
  Put(exif, 0, 4);
  return exif;
}

Picture MakePicture(const PictureSize& size, int channels, int number) {
  Picture picture{.size = size, .channels = channels, .pixels = {}};
  for (int64_t y = 0; y < size.height; ++y) {
    for (int64_t x = 0; x < size.width; ++x) {
      for (int c = 0; c < channels; ++c) {
        const double wave =
            std::sin(0.1 * static_cast<double>(y * (c + 1)) + 0.07 * static_cast<double>(x) + c + number);
        picture.pixels.push_back(static_cast<uint8_t>(std::lround(128 + 127 * wave)));
      }
    }
  }
  return picture;
}

std::string PngOf(const Picture& picture, int orientation) {
  constexpr int kTypes[] = {0, SPNG_COLOR_TYPE_GRAYSCALE, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA,
                            SPNG_COLOR_TYPE_TRUECOLOR, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA};
  return PngOf(PngKind{.size = picture.size,
                       .colour_type = kTypes[picture.channels],
                       .rows = {picture.pixels.begin(), picture.pixels.end()},
                       .orientation = orientation});
}

std::string PngOf(const PngKind& kind) {
  const std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> context(spng_ctx_new(SPNG_CTX_ENCODER),
                                                                    &spng_ctx_free);
  spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header = {};
  header.height = static_cast<uint32_t>(kind.size.height);
  header.width = static_cast<uint32_t>(kind.size.width);
  header.bit_depth = static_cast<uint8_t>(kind.bits);
  header.color_type = static_cast<uint8_t>(kind.colour_type);
  HOURGLASS_CHECK(spng_set_ihdr(context.get(), &header) == SPNG_OK);
  if (!kind.palette.empty()) {
    spng_plte palette = {};
    palette.n_entries = static_cast<uint32_t>(kind.palette.size() / 3);
    for (uint32_t i = 0; i < palette.n_entries; ++i) {
      const uint8_t* rgb = &kind.palette[size_t{3} * i];
      palette.entries[i] = {rgb[0], rgb[1], rgb[2], 255};
    }
    HOURGLASS_CHECK(spng_set_plte(context.get(), &palette) == SPNG_OK);
  }
  if (kind.transparent) {
    spng_trns transparency = {};
    transparency.n_type3_entries = kind.palette.empty() ? 0 : 1;
    HOURGLASS_CHECK(spng_set_trns(context.get(), &transparency) == SPNG_OK);
  }
  std::string block = ExifOf(kind.orientation).substr(6);  // without "Exif" in front
  spng_exif exif = {.length = block.size(), .data = block.data()};
  if (kind.orientation > 0) HOURGLASS_CHECK(spng_set_exif(context.get(), &exif) == SPNG_OK);
  HOURGLASS_CHECK(spng_encode_image(context.get(), kind.rows.data(), kind.rows.size(), SPNG_FMT_PNG,
                                    SPNG_ENCODE_FINALIZE) == SPNG_OK);
  size_t size = 0;
  int code = SPNG_OK;
  const std::unique_ptr<void, decltype(&std::free)> bytes(spng_get_png_buffer(context.get(), &size, &code),
                                                          &std::free);
  HOURGLASS_CHECK(code == SPNG_OK);
  return {static_cast<const char*>(bytes.get()), size};
}

std::string JpegOf(const Picture& picture, const JpegKind& kind) {
  jpeg_error_mgr errors = {};
  jpeg_compress_struct encoder = {};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &buffer, &size);
  encoder.image_height = static_cast<JDIMENSION>(picture.size.height);
  encoder.image_width = static_cast<JDIMENSION>(picture.size.width);
  encoder.input_components = kind.cmyk ? 4 : picture.channels;
  encoder.in_color_space = kind.cmyk ? JCS_CMYK : picture.grey() ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, 100, TRUE);
  for (int c = 0; c < encoder.num_components; ++c)
    encoder.comp_info[c].h_samp_factor = encoder.comp_info[c].v_samp_factor = 1;
  if (kind.progressive) jpeg_simple_progression(&encoder);
  jpeg_start_compress(&encoder, TRUE);
  if (kind.orientation > 0) {
    const std::string exif = ExifOf(kind.orientation);
    jpeg_write_marker(&encoder, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(exif.data()),
                      static_cast<unsigned>(exif.size()));
  }
  const auto stride = static_cast<size_t>(picture.size.width * picture.channels);
  for (size_t y = 0; y < static_cast<size_t>(picture.size.height); ++y) {
    std::vector<uint8_t> row(&picture.pixels[y * stride], &picture.pixels[y * stride] + stride);
    if (kind.cmyk) {  // inverted: the ink that is left out, and no black
      std::vector<uint8_t> inks;
      for (size_t i = 0; i < stride; i += 3) inks.insert(inks.end(), {row[i], row[i + 1], row[i + 2], 255});
      row = std::move(inks);
    }
    JSAMPROW start = row.data();
    jpeg_write_scanlines(&encoder, &start, 1);
  }
  jpeg_finish_compress(&encoder);
  std::string file(reinterpret_cast<const char*>(buffer), size);
  jpeg_destroy_compress(&encoder);
  std::free(buffer);
  return file;
}

std::string WebpOf(const Picture& picture) {
  const auto height = static_cast<int>(picture.size.height), width = static_cast<int>(picture.size.width);
  uint8_t* buffer = nullptr;
  const size_t size = picture.has_alpha()
                          ? WebPEncodeLosslessRGBA(picture.pixels.data(), width, height, 4 * width, &buffer)
                          : WebPEncodeLosslessRGB(picture.pixels.data(), width, height, 3 * width, &buffer);
  std::string file(reinterpret_cast<const char*>(buffer), size);
  WebPFree(buffer);
  return file;
}

std::string TiffOf(const Picture& picture, const TiffKind& kind) {
  const test::TemporaryDirectory folder;
  const std::string path = folder / "picture.tif";
  TIFF* tiff = TIFFOpen(path.c_str(), "w");
  for (int page = 0; page < kind.pages; ++page) {
    WritePage(tiff, picture, kind);
    HOURGLASS_CHECK(TIFFWriteDirectory(tiff) == 1);
  }
  TIFFClose(tiff);
  return ReadFile(path);
}

std::string BmpOf(const Picture& picture) {
  const int64_t height = picture.size.height, width = picture.size.width;
  const auto bytes = static_cast<uint64_t>(picture.channels);
  const uint64_t palette = picture.grey() ? 256 * 4 : 0, offset = 54 + palette;
  const uint64_t row = (static_cast<uint64_t>(width) * bytes + 3) / 4 * 4;
  std::string file = "BM";
  Put(file, offset + row * static_cast<uint64_t>(height), 4);
  Put(file, 0, 4);
  Put(file, offset, 4);
  Put(file, 40, 4);
  Put(file, static_cast<uint64_t>(width), 4);
  Put(file, static_cast<uint64_t>(height), 4);
  Put(file, 1, 2);
  Put(file, 8 * bytes, 2);
  for (int i = 0; i < 6; ++i) Put(file, 0, 4);
  for (uint64_t level = 0; level < palette / 4; ++level) Put(file, level * 0x010101, 4);
  for (int64_t y = height; y-- > 0;) {  // from the bottom, and BGR
    for (int64_t x = 0; x < width; ++x) {
      const auto level = [&](int c) {
        return static_cast<char>(picture.pixels[static_cast<size_t>((y * width + x) * picture.channels + c)]);
      };
      for (int c = std::min(picture.channels, 3); c-- > 0;) file += level(c);
      if (picture.channels == 4) file += level(3);
    }
    file.append(row - static_cast<uint64_t>(width) * bytes, '\0');
  }
  return file;
}

}  // namespace hourglass::testing
