#include "hourglass/data/pictures/resize.h"

#include <algorithm>
#include <cmath>

#include "hourglass/core/check.h"

#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#include <stb/stb_image_resize.h>

namespace hourglass {
namespace {

// A rectangle in shares of the picture's width (s) and height (t).
struct Rectangle {
  float s0 = 0, t0 = 0, s1 = 1, t1 = 1;
};

// The largest part in the middle of a picture of `size` that has the proportions of `wanted`.
Rectangle MiddlePart(const PictureSize& size, const PictureSize& wanted) {
  const double proportions = static_cast<double>(wanted.width) / static_cast<double>(wanted.height) *
                             static_cast<double>(size.height) / static_cast<double>(size.width);
  const auto across = static_cast<float>(std::min(1.0, proportions));
  const auto down = static_cast<float>(std::min(1.0, 1 / proportions));
  return {(1 - across) / 2, (1 - down) / 2, (1 + across) / 2, (1 + down) / 2};
}

// Fills the rows of `to`, `stride` bytes apart, with a part of the picture in size `size`.
void ResizeInto(const Picture& picture, const Rectangle& part, const PictureSize& size, uint8_t* to,
                int64_t stride) {
  const int done = stbir_resize_region(
      picture.pixels.data(), static_cast<int>(picture.size.width), static_cast<int>(picture.size.height), 0,
      to, static_cast<int>(size.width), static_cast<int>(size.height), static_cast<int>(stride),
      STBIR_TYPE_UINT8, picture.channels, STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP, STBIR_EDGE_CLAMP,
      STBIR_FILTER_TRIANGLE, STBIR_FILTER_TRIANGLE, STBIR_COLORSPACE_LINEAR, nullptr, part.s0, part.t0,
      part.s1, part.t1);
  if (done == 0) throw std::bad_alloc();
}

}  // namespace

Picture Resize(Picture picture, const PictureForm& form) {
  HOURGLASS_CHECK(!picture.has_alpha());
  if (!form.size || *form.size == picture.size) return picture;
  const PictureSize wanted = *form.size;
  Picture result{.size = wanted, .channels = picture.channels, .pixels = {}};
  const int64_t stride = wanted.width * picture.channels;
  result.pixels.resize(static_cast<size_t>(wanted.height * stride));
  if (form.fit != PictureFit::kPad) {
    const Rectangle part = form.fit == PictureFit::kCrop ? MiddlePart(picture.size, wanted) : Rectangle{};
    ResizeInto(picture, part, wanted, result.pixels.data(), stride);
    return result;
  }
  for (size_t i = 0; i < result.pixels.size(); ++i) {
    result.pixels[i] = form.background[i % static_cast<size_t>(picture.channels)];
  }
  const double scale = ScaleInto(form, picture.size);
  const auto side = [&](int64_t length, int64_t most) {
    return std::clamp<int64_t>(std::llround(scale * static_cast<double>(length)), 1, most);
  };
  const PictureSize inside = {side(picture.size.height, wanted.height),
                              side(picture.size.width, wanted.width)};
  const int64_t top = (wanted.height - inside.height) / 2, left = (wanted.width - inside.width) / 2;
  ResizeInto(picture, Rectangle{}, inside, result.pixels.data() + top * stride + left * picture.channels,
             stride);
  return result;
}

}  // namespace hourglass
