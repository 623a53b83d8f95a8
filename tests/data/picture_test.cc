// Decoding of pictures: every kind against the pixels that it was made from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>

#include "data/picture_writer.h"
#include "hourglass/core/error.h"
#include "hourglass/data/pictures/picture.h"

namespace hourglass {
namespace {

using ::testing::AllOf;
using testing::BmpOf;
using ::testing::HasSubstr;
using testing::JpegOf;
using testing::MakePicture;
using testing::PngKind;
using testing::PngOf;
using testing::TiffOf;
using testing::WebpOf;

constexpr PictureSize kSize = {19, 27};
constexpr int kJpegLoss = 4;  // levels, in the best quality: frequencies and colours are rounded

DecodedPicture Decode(const std::string& file, const PictureForm& form = {}) {
  return DecodePicture({reinterpret_cast<const uint8_t*>(file.data()), file.size()}, "x.png", form);
}

std::string ErrorOf(const std::string& file) {
  try {
    Decode(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return error.what();
  }
  return "";
}

// The largest difference of two pictures of the same size and channels.
int Difference(const Picture& a, const Picture& b) {
  EXPECT_EQ(a.size, b.size);
  EXPECT_EQ(a.channels, b.channels);
  EXPECT_EQ(a.pixels.size(), b.pixels.size());
  int largest = 0;
  for (size_t i = 0; i < std::min(a.pixels.size(), b.pixels.size()); ++i)
    largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  return largest;
}

// The picture turned as EXIF numbers it: what a camera with that orientation would have stored.
Picture Stored(const Picture& upright, int orientation) {
  const auto [height, width] = upright.size;
  Picture stored{.size = upright.size, .channels = upright.channels, .pixels = upright.pixels};
  if (orientation >= 5) std::swap(stored.size.height, stored.size.width);
  for (int64_t row = 0; row < height; ++row) {
    for (int64_t column = 0; column < width; ++column) {
      // EXIF: where the stored picture's first row and first column are when it is upright.
      const int64_t from_top = row, from_bottom = height - 1 - row;
      const int64_t from_left = column, from_right = width - 1 - column;
      const int64_t y = orientation <= 2                       ? from_top
                        : orientation <= 4                     ? from_bottom
                        : orientation == 5 || orientation == 8 ? from_left
                                                               : from_right;
      const int64_t x = orientation == 1 || orientation == 4   ? from_left
                        : orientation <= 3                     ? from_right
                        : orientation == 5 || orientation == 6 ? from_top
                                                               : from_bottom;
      for (int c = 0; c < upright.channels; ++c) {
        stored.pixels[static_cast<size_t>((y * stored.size.width + x) * upright.channels + c)] =
            upright.pixels[static_cast<size_t>((row * width + column) * upright.channels + c)];
      }
    }
  }
  return stored;
}

void ExpectDecodes(const std::string& file, const Picture& picture) {
  const DecodedPicture decoded = Decode(file);
  EXPECT_EQ(Difference(decoded.picture, picture), 0) << decoded.traits.format << ", " << picture.channels;
}

TEST(Pictures, WithoutLossKeepEveryPixel) {
  const Picture grey = MakePicture(kSize, 1), grey_alpha = MakePicture(kSize, 2);
  const Picture rgb = MakePicture(kSize, 3), rgb_alpha = MakePicture(kSize, 4);
  for (const Picture* picture : {&grey, &grey_alpha, &rgb, &rgb_alpha})
    ExpectDecodes(PngOf(*picture), *picture);
  for (const Picture* picture : {&rgb, &rgb_alpha}) ExpectDecodes(WebpOf(*picture), *picture);
  for (const Picture* picture : {&grey, &rgb}) {
    ExpectDecodes(TiffOf(*picture), *picture);
    ExpectDecodes(TiffOf(*picture, {.compressed = true}), *picture);
    ExpectDecodes(BmpOf(*picture), *picture);
  }
}

// libtiff multiplies alpha into the colours, which rounds them. Over a background, that is hardly seen.
TEST(Pictures, TiffsWithAlphaLookTheSame) {
  const PictureForm form{.channels = ColourChannels::kRgb, .background = {10, 200, 30}};
  for (const int channels : {2, 4}) {
    const Picture picture = MakePicture(kSize, channels);
    EXPECT_LE(Difference(Conform(Decode(TiffOf(picture)).picture, form), Conform(picture, form)), 1)
        << channels;
  }
}

TEST(Pictures, JpegsOfAllKinds) {
  for (const bool progressive : {false, true}) {
    for (const int channels : {1, 3}) {
      const Picture picture = MakePicture(kSize, channels);
      EXPECT_LE(Difference(Decode(JpegOf(picture, {.progressive = progressive})).picture, picture),
                kJpegLoss);
    }
  }
  const DecodedPicture cmyk = Decode(JpegOf(MakePicture(kSize, 3), {.cmyk = true}));
  EXPECT_TRUE(cmyk.traits.cmyk);
  EXPECT_LE(Difference(cmyk.picture, MakePicture(kSize, 3)), kJpegLoss);
}

TEST(Pictures, AreSetUpright) {
  const Picture upright = MakePicture(kSize, 3);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Picture stored = Stored(upright, orientation);
    const DecodedPicture jpeg = Decode(JpegOf(stored, {.orientation = orientation}));
    EXPECT_LE(Difference(jpeg.picture, upright), kJpegLoss) << orientation;
    EXPECT_EQ(jpeg.traits.rotated, orientation > 1);
    EXPECT_EQ(jpeg.traits.size, kSize);
    EXPECT_EQ(Difference(Decode(TiffOf(stored, {.orientation = orientation})).picture, upright), 0)
        << orientation;
  }
  EXPECT_FALSE(Decode(JpegOf(upright, {.orientation = 9})).traits.rotated) << "no such orientation";
}

TEST(Pictures, OfPngAndWebpAreSetUprightToo) {
  const Picture upright = MakePicture(kSize, 3);
  for (const int orientation : {3, 6}) {
    const Picture stored = Stored(upright, orientation);
    EXPECT_EQ(Difference(Decode(PngOf(stored, orientation)).picture, upright), 0);
  }
}

// The fourth byte of a pixel, without a mask of alpha.
TEST(Pictures, BmpsOf32BitsAreOpaque) {
  const Picture picture = MakePicture(kSize, 4);
  const DecodedPicture decoded = Decode(BmpOf(picture));
  EXPECT_EQ(decoded.picture.channels, 3);
  EXPECT_EQ(decoded.picture.pixels[0], picture.pixels[0]);
  EXPECT_EQ(decoded.picture.pixels[3], picture.pixels[4]);
}

TEST(Pictures, AnimationsAreRefused) {
  const std::string png = PngOf(MakePicture(kSize, 3));
  const auto animated = [&](char frames) {
    const std::string chunk = std::string(
                                  "\0\0\0\x08"
                                  "acTL\0\0\0",
                                  11) +
                              frames + std::string(4, '\0');
    const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(chunk.data() + 4), 12);
    std::string with_sum = chunk;
    for (int shift = 24; shift >= 0; shift -= 8) with_sum += static_cast<char>(sum >> shift);
    return std::string(png).insert(33, with_sum);  // behind the header
  };
  EXPECT_THAT(ErrorOf(animated(2)), HasSubstr("is an animation"));
  EXPECT_EQ(ErrorOf(animated(1)), "");
}

TEST(Pictures, SixteenBitsAreRounded) {
  const Picture grey = MakePicture(kSize, 1);
  EXPECT_EQ(Difference(Decode(TiffOf(grey, {.bits = 16})).picture, grey), 0);
  PngKind kind{.size = {1, 4}, .colour_type = 0, .bits = 16, .rows = {}};
  for (const uint16_t level : {0, 128, 129, 65535})
    kind.rows.append(reinterpret_cast<const char*>(&level), sizeof level);
  const DecodedPicture decoded = Decode(PngOf(kind));
  EXPECT_EQ(decoded.traits.bits, 16);
  EXPECT_EQ(decoded.picture.pixels, (std::vector<uint8_t>{0, 0, 1, 255}));
}

TEST(Pictures, OfFewBitsPalettesAndTransparentColours) {
  using Bytes = std::vector<uint8_t>;
  // Two rows of eight pixels of one bit.
  const DecodedPicture bits =
      Decode(PngOf({.size = {2, 8}, .colour_type = 0, .bits = 1, .rows = "\xA0\x01"}));
  EXPECT_EQ(bits.picture.pixels, (Bytes{255, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255}));
  const DecodedPicture colours = Decode(
      PngOf({.size = {1, 2}, .colour_type = 3, .bits = 8, .rows = {0, 1}, .palette = {1, 2, 3, 4, 5, 6}}));
  EXPECT_TRUE(colours.traits.palette);
  EXPECT_EQ(colours.picture.pixels, (Bytes{1, 2, 3, 4, 5, 6}));
  const DecodedPicture greys = Decode(
      PngOf({.size = {1, 2}, .colour_type = 3, .bits = 8, .rows = {1, 0}, .palette = {7, 7, 7, 9, 9, 9}}));
  EXPECT_EQ(greys.picture.channels, 1) << "a palette of greys";
  EXPECT_EQ(greys.picture.pixels, (Bytes{9, 7}));
  const DecodedPicture transparent = Decode(PngOf({.size = {1, 2},
                                                   .colour_type = 3,
                                                   .bits = 8,
                                                   .rows = {0, 1},
                                                   .palette = {1, 2, 3, 4, 5, 6},
                                                   .transparent = true}));
  EXPECT_EQ(transparent.picture.pixels, (Bytes{1, 2, 3, 0, 4, 5, 6, 255}));
  const DecodedPicture grey =
      Decode(PngOf({.size = {1, 2}, .colour_type = 0, .bits = 8, .rows = {0, 5}, .transparent = true}));
  EXPECT_EQ(grey.picture.channels, 2);
  EXPECT_EQ(grey.picture.pixels, (Bytes{0, 0, 5, 255}));
}

TEST(Pictures, OtherFilesAreNamed) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("an empty file"));
  EXPECT_THAT(ErrorOf("GIF89a and so on"),
              AllOf(HasSubstr("x.png is not a picture"), HasSubstr("a GIF image")));
  EXPECT_THAT(ErrorOf(TiffOf(MakePicture(kSize, 1), {.pages = 2})), HasSubstr("several pages"));
  EXPECT_THAT(ErrorOf(TiffOf(MakePicture(kSize, 1), {.bits = 32})), HasSubstr("floating-point"));
}

// As phones take them: 12 megapixels in a file of 2 MB.
TEST(Pictures, PhotographsAreReadInFullSize) {
  const Picture picture = MakePicture({3024, 4032}, 3);
  for (const bool progressive : {false, true}) {
    std::string file = JpegOf(picture, {.progressive = progressive});
    ASSERT_GT(file.size(), 1'000'000U);
    EXPECT_EQ(Decode(file).picture.size, picture.size);
  }
}

TEST(Pictures, JpegsAreDecodedNoSmallerThanTheFormNeeds) {
  const std::string file = JpegOf(MakePicture({400, 300}, 3));
  const auto decoded = [&](const PictureForm& form) { return Decode(file, form).picture.size; };
  EXPECT_EQ(decoded({}), (PictureSize{400, 300}));
  EXPECT_EQ(decoded({.size = PictureSize{64, 64}}), (PictureSize{100, 75}));
  EXPECT_EQ(decoded({.size = PictureSize{64, 64}, .fit = PictureFit::kPad}), (PictureSize{100, 75}));
  EXPECT_EQ(decoded({.size = PictureSize{50, 37}, .fit = PictureFit::kPad}), (PictureSize{50, 38}));
  EXPECT_EQ(decoded({.size = PictureSize{300, 300}}), (PictureSize{400, 300}));
  EXPECT_EQ(Decode(file, {.size = PictureSize{64, 64}}).traits.size, (PictureSize{400, 300}));
}

// ---- forms

TEST(Form, ReadsItsTexts) {
  EXPECT_EQ(ParsePictureSize("28x30"), (PictureSize{28, 30}));
  EXPECT_EQ(ParsePictureSize("64"), (PictureSize{64, 64}));
  EXPECT_EQ(ParseBackground("#ff8000"), (std::array<uint8_t, 3>{255, 128, 0}));
  EXPECT_EQ(ParseBackground("17"), (std::array<uint8_t, 3>{17, 17, 17}));
  for (const char* text : {"", "x", "28x", "x28", "0x5", "28x28x3", "-1x4", "28 x 28", "65536"})
    EXPECT_THROW(ParsePictureSize(text), Error) << text;
  for (const char* text : {"", "red", "256", "-1", "#ff", "#gg0000", "#ff80000"})
    EXPECT_THROW(ParseBackground(text), Error) << text;
}

Picture Filled(const PictureSize& size, const std::vector<uint8_t>& pixel) {
  Picture picture{.size = size, .channels = static_cast<int>(pixel.size()), .pixels = {}};
  for (int64_t i = 0; i < size.height * size.width; ++i)
    picture.pixels.insert(picture.pixels.end(), pixel.begin(), pixel.end());
  return picture;
}

// Left third black, the rest white.
Picture Striped() {
  Picture picture = Filled({20, 30}, {255});
  for (size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = i % 30 < 10 ? 0 : 255;
  return picture;
}

TEST(Form, CropsPadsAndStretches) {
  const auto row = [](PictureFit fit) {
    const Picture picture = Conform(Striped(), {.size = PictureSize{6, 6},
                                                .fit = fit,
                                                .channels = ColourChannels::kGrey,
                                                .background = {100, 100, 100}});
    EXPECT_EQ(picture.size, (PictureSize{6, 6}));
    return picture;
  };
  const Picture crop = row(PictureFit::kCrop);  // columns 5 to 25: a quarter is black
  EXPECT_EQ(crop.pixels[0], 0);
  EXPECT_EQ(crop.pixels[5], 255);
  EXPECT_NEAR(crop.pixels[1], 128, 40);
  const Picture stretch = row(PictureFit::kStretch);
  EXPECT_EQ(stretch.pixels[0], 0);
  EXPECT_EQ(stretch.pixels[3], 255);
  const Picture pad = row(PictureFit::kPad);  // four rows between margins
  EXPECT_EQ(pad.pixels[0], 100);
  EXPECT_EQ(pad.pixels[35], 100);
  EXPECT_EQ(pad.pixels[6], 0);
  EXPECT_EQ(pad.pixels[11], 255);
}

// The weights of a line's pixels in pixel `i` of `wanted` that a part of it becomes, by the definition of the
// filter.
std::vector<double> TriangleWeights(int64_t length, double begin, double part, int64_t wanted, int64_t i) {
  const double step = part / static_cast<double>(wanted), reach = std::max(step, 1.0);
  const double centre = begin + (static_cast<double>(i) + 0.5) * step;
  std::vector<double> weights;
  double sum = 0;
  for (int64_t at = 0; at < length; ++at) {
    weights.push_back(std::max(0.0, 1 - std::abs(static_cast<double>(at) + 0.5 - centre) / reach));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

TEST(Form, ResizesByATriangleFilter) {
  const auto check = [](PictureSize from, int channels, PictureSize to, PictureFit fit) {
    const Picture picture = MakePicture(from, channels);
    const Picture resized = Conform(
        picture,
        {.size = to, .fit = fit, .channels = channels == 1 ? ColourChannels::kGrey : ColourChannels::kRgb});
    double height = static_cast<double>(from.height), width = static_cast<double>(from.width);
    if (fit == PictureFit::kCrop) {
      const double wanted = static_cast<double>(to.width) / static_cast<double>(to.height);
      height = std::min(height, width / wanted);
      width = std::min(width, height * wanted);
    }
    double worst = 0;
    for (int64_t y = 0; y < to.height; ++y) {
      const auto rows =
          TriangleWeights(from.height, (static_cast<double>(from.height) - height) / 2, height, to.height, y);
      for (int64_t x = 0; x < to.width * channels; ++x) {
        const auto columns = TriangleWeights(from.width, (static_cast<double>(from.width) - width) / 2, width,
                                             to.width, x / channels);
        double sum = 0;
        for (size_t i = 0; i < rows.size(); ++i) {
          for (size_t j = 0; j < columns.size(); ++j) {
            const size_t at =
                (i * columns.size() + j) * static_cast<size_t>(channels) + static_cast<size_t>(x % channels);
            sum += rows[i] * columns[j] * picture.pixels[at];
          }
        }
        const double got = resized.pixels[static_cast<size_t>(y * to.width * channels + x)];
        worst = std::max(worst, std::abs(got - sum));
      }
    }
    EXPECT_LT(worst, 0.501) << ToString(from) << " to " << ToString(to);
  };
  check({47, 62}, 3, {32, 32}, PictureFit::kCrop);
  check({62, 47}, 1, {20, 33}, PictureFit::kCrop);
  check({9, 300}, 3, {5, 4}, PictureFit::kStretch);
  check({7, 5}, 1, {31, 17}, PictureFit::kStretch);
  check({1, 1}, 3, {3, 2}, PictureFit::kCrop);
  check({40, 60}, 3, {1, 1}, PictureFit::kStretch);
}

TEST(Form, LaysTransparencyOverTheBackground) {
  const PictureForm rgb{.channels = ColourChannels::kRgb, .background = {10, 20, 30}};
  EXPECT_EQ(Conform(Filled({1, 1}, {200, 100, 0, 255}), rgb).pixels, (std::vector<uint8_t>{200, 100, 0}));
  EXPECT_EQ(Conform(Filled({1, 1}, {200, 100, 0, 0}), rgb).pixels, (std::vector<uint8_t>{10, 20, 30}));
  EXPECT_EQ(Conform(Filled({1, 1}, {99, 0}), rgb).pixels, (std::vector<uint8_t>{10, 20, 30})) << "grey too";
  EXPECT_EQ(Conform(Filled({1, 1}, {110, 120, 130, 51}), rgb).pixels, (std::vector<uint8_t>{30, 40, 50}));
}

TEST(Form, ConvertsBetweenGreyAndColour) {
  const PictureForm grey{.channels = ColourChannels::kGrey};
  // 0.299, 0.587, 0.114
  EXPECT_EQ(Conform(Filled({1, 1}, {255, 0, 0}), grey).pixels[0], 76);
  EXPECT_EQ(Conform(Filled({1, 1}, {0, 255, 0}), grey).pixels[0], 150);
  EXPECT_EQ(Conform(Filled({1, 1}, {0, 0, 255}), grey).pixels[0], 29);
  EXPECT_EQ(Conform(Filled({1, 1}, {5}), {.channels = ColourChannels::kRgb}).pixels,
            (std::vector<uint8_t>{5, 5, 5}));
}

TEST(Form, PlanesAreTheSamePicture) {
  const Picture picture = MakePicture(kSize, 3);
  std::vector<uint8_t> planes(picture.pixels.size());
  CopyPlanes(picture, planes.data());
  EXPECT_EQ(planes[1], picture.pixels[3]);
  EXPECT_EQ(PictureOfPlanes(planes.data(), kSize, 3).pixels, picture.pixels);
}

}  // namespace
}  // namespace hourglass
