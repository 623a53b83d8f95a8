// libjpeg reports errors by a function that must not return. It leaves by longjmp, so that the functions in
// between hold nothing that needs a destructor.
#include <csetjmp>
#include <cstdio>

#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>

#include "hourglass/data/pictures/codecs.h"

namespace hourglass {
namespace {

// Scans of a progressive file: more are made to take time.
constexpr int kMostScans = 200;

struct JpegErrors {
  jpeg_error_mgr base;
  std::jmp_buf leave;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void LeaveJpeg(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  errors->base.format_message(info, errors->message);
  std::longjmp(errors->leave, 1);
}

// What libjpeg only warns of is damage too, unless it leaves the pixels as they are.
void EmitJpegMessage(j_common_ptr info, int level) {
  const int code = info->err->msg_code;
  const bool harmless = code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR || code == JWRN_BOGUS_ICC;
  if (level < 0 && !harmless) LeaveJpeg(info);
}

void WatchScans(j_common_ptr info) {
  const auto* decoder = reinterpret_cast<j_decompress_ptr>(info);
  if (decoder->input_scan_number <= kMostScans) return;
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  std::snprintf(errors->message, sizeof errors->message, "it has more than %d scans", kMostScans);
  std::longjmp(errors->leave, 1);
}

int OrientationOf(const jpeg_decompress_struct& decoder) {
  for (auto* marker = decoder.marker_list; marker != nullptr; marker = marker->next) {
    constexpr char kExif[] = "Exif\0";
    const bool exif = marker->marker == JPEG_APP0 + 1 && marker->data_length > sizeof kExif &&
                      std::equal(kExif, kExif + sizeof kExif, marker->data);
    if (exif) return OrientationInExif({marker->data, marker->data_length});
  }
  return 1;
}

// CMYK over white. Files of Adobe's programs hold it inverted.
void CmykToRgb(bool inverted, std::vector<uint8_t>& pixels) {
  uint8_t* to = pixels.data();
  for (size_t i = 0; i < pixels.size(); i += 4) {
    const auto ink = [&](size_t c) { return inverted ? pixels[i + c] : 255U - pixels[i + c]; };
    const unsigned black = ink(3);
    for (size_t c = 0; c < 3; ++c) *to++ = static_cast<uint8_t>((ink(c) * black + 127) / 255);
  }
  pixels.resize(pixels.size() / 4 * 3);
}

// One JPEG file.
class Jpeg {
 public:
  explicit Jpeg(const PictureFile& file) : file_(file) {
    decoder_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = LeaveJpeg;
    errors_.base.emit_message = EmitJpegMessage;
  }
  ~Jpeg() { jpeg_destroy_decompress(&decoder_); }
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;

  DecodedPicture Decode(const PictureForm& form) {
    Guard(&Jpeg::ReadHeader);
    const int orientation = OrientationOf(decoder_);
    PictureSize size = {decoder_.image_height, decoder_.image_width};
    if (ExchangesSides(orientation)) std::swap(size.height, size.width);
    ChooseScale(ScaleInto(form, size));
    const bool cmyk = decoder_.jpeg_color_space == JCS_CMYK || decoder_.jpeg_color_space == JCS_YCCK;
    const int channels = decoder_.num_components == 1 ? 1 : cmyk ? 4 : 3;
    decoder_.out_color_space = channels == 1 ? JCS_GRAYSCALE : cmyk ? JCS_CMYK : JCS_RGB;
    Guard(&Jpeg::ComputeSize);
    Picture picture{
        .size = {decoder_.output_height, decoder_.output_width}, .channels = channels, .pixels = {}};
    CheckMemory(picture.size, static_cast<uint64_t>(channels));
    pixels_.resize(static_cast<size_t>(picture.size.height * picture.size.width * channels));
    Guard(&Jpeg::ReadPixels);
    picture.pixels = std::move(pixels_);
    if (cmyk) {
      CmykToRgb(decoder_.saw_Adobe_marker != 0, picture.pixels);
      picture.channels = 3;
    }
    SetUpright(orientation, picture);
    const PictureTraits traits = {.format = "JPEG",
                                  .size = size,
                                  .channels = picture.channels,
                                  .bits = decoder_.data_precision,
                                  .cmyk = cmyk,
                                  .rotated = orientation > 1 && orientation <= 8};
    return {std::move(picture), traits};
  }

 private:
  // Calls a function of libjpeg's; throws what it reports.
  void Guard(void (Jpeg::*call)()) {
    if (setjmp(errors_.leave) == 0) {  // NOLINT(cert-err52-cpp): nothing in between has a destructor
      (this->*call)();
      return;
    }
    const size_t left = decoder_.src == nullptr ? file_.bytes.size() : decoder_.src->bytes_in_buffer;
    const bool ended = errors_.base.msg_code == JWRN_JPEG_EOF || errors_.base.msg_code == JERR_INPUT_EOF;
    throw DamagedPicture(file_,
                         ended ? file_.bytes.size() : file_.bytes.size() - std::min(left, file_.bytes.size()),
                         errors_.message);
  }

  void ReadHeader() {
    jpeg_create_decompress(&decoder_);
    jpeg_mem_src(&decoder_, file_.bytes.data(), file_.bytes.size());
    jpeg_save_markers(&decoder_, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&decoder_, TRUE);
  }

  void ComputeSize() { jpeg_calc_output_dimensions(&decoder_); }

  void ReadPixels() {
    watch_.progress_monitor = WatchScans;
    decoder_.progress = &watch_;
    jpeg_start_decompress(&decoder_);
    const size_t stride = static_cast<size_t>(decoder_.output_width) * decoder_.output_components;
    while (decoder_.output_scanline < decoder_.output_height) {
      JSAMPROW row = pixels_.data() + decoder_.output_scanline * stride;
      jpeg_read_scanlines(&decoder_, &row, 1);
    }
    jpeg_finish_decompress(&decoder_);
  }

  // The smallest of 1/8, 1/4 and 1/2, for which libjpeg has fast code, that is at least `scale`.
  void ChooseScale(double scale) {
    decoder_.scale_denom = 8;
    decoder_.scale_num = 1;
    while (decoder_.scale_num < 8 && decoder_.scale_num < 8 * scale) decoder_.scale_num *= 2;
  }

  // A progressive file is kept whole, as coefficients of two bytes.
  void CheckMemory(const PictureSize& decoded, uint64_t channels) const {
    CheckPictureSize(file_, decoded, 2 * channels);
    if (decoder_.progressive_mode == 0) return;
    CheckPictureSize(file_, {decoder_.image_height, decoder_.image_width},
                     2 * static_cast<uint64_t>(decoder_.num_components));
  }

  const PictureFile& file_;
  JpegErrors errors_ = {};
  jpeg_decompress_struct decoder_ = {};
  jpeg_progress_mgr watch_ = {};
  std::vector<uint8_t> pixels_;
};

}  // namespace

DecodedPicture DecodeJpeg(const PictureFile& file, const PictureForm& form) {
  return Jpeg(file).Decode(form);
}

}  // namespace hourglass
