#include "hourglass/data/pictures/resize.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "hourglass/core/check.h"

namespace hourglass {
namespace {

// A part of a line of pixels, in pixels from its begin.
struct Interval {
  double begin = 0, length = 0;
};

// The part of a picture of `size` that becomes the whole of one of size `wanted`: down and across.
struct Part {
  Interval rows, columns;
};

Part WholeOf(const PictureSize& size) {
  return {{0, static_cast<double>(size.height)}, {0, static_cast<double>(size.width)}};
}

// The largest part in the middle that has the proportions of `wanted`.
Part MiddleOf(const PictureSize& size, const PictureSize& wanted) {
  Part part = WholeOf(size);
  const double height =
      part.columns.length * static_cast<double>(wanted.height) / static_cast<double>(wanted.width);
  const auto shorten = [](Interval& line, double length) { line = {(line.length - length) / 2, length}; };
  if (height < part.rows.length) {
    shorten(part.rows, height);
  } else {
    shorten(part.columns, part.rows.length * part.columns.length / height);
  }
  return part;
}

// Which pixels of a line make each pixel of a resized line, and their weights: a triangle as wide as two
// pixels of the line, or of the resized line, whichever is wider. Pixels beside the part count too, where the
// line has them. Source: Pillow's and torchvision's "bilinear" filter with antialiasing.
class Triangle {
 public:
  // A part of a line of `length` pixels becomes `wanted` pixels.
  Triangle(int64_t length, const Interval& part, int64_t wanted) {
    const double step = part.length / static_cast<double>(wanted), reach = std::max(step, 1.0);
    for (int64_t i = 0; i < wanted; ++i) {
      const double centre = part.begin + (static_cast<double>(i) + 0.5) * step;
      const auto first = std::max<int64_t>(0, std::llround(centre - reach));
      const auto last = std::min<int64_t>(length, std::llround(centre + reach));
      taps_.push_back({first, weights_.size(), 0});
      double sum = 0;
      for (int64_t at = first; at < last; ++at) {
        const double weight = 1 - std::abs(static_cast<double>(at) + 0.5 - centre) / reach;
        weights_.push_back(static_cast<float>(std::max(weight, 0.0)));
        sum += weights_.back();
      }
      taps_.back().count = weights_.size() - taps_.back().begin;
      for (float& weight : std::span(weights_).subspan(taps_.back().begin))
        weight = static_cast<float>(weight / sum);
    }
  }

  int64_t size() const { return std::ssize(taps_); }
  // The first pixel that makes pixel i, and the weights from it on.
  int64_t first(int64_t i) const { return taps_[static_cast<size_t>(i)].first; }
  std::span<const float> weights(int64_t i) const {
    const Taps& taps = taps_[static_cast<size_t>(i)];
    return std::span(weights_).subspan(taps.begin, taps.count);
  }
  // The end of the pixels that count.
  int64_t end() const { return taps_.back().first + static_cast<int64_t>(taps_.back().count); }

 private:
  struct Taps {
    int64_t first;
    size_t begin, count;  // in weights_
  };

  std::vector<Taps> taps_;
  std::vector<float> weights_;
};

// Sums rows of `stride` numbers each, with their weights.
void SumRows(const uint8_t* row, int64_t stride, std::span<const float> weights, std::span<float> sum) {
  std::ranges::fill(sum, 0.0F);
  for (const float weight : weights) {
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += weight * static_cast<float>(row[i]);
    row += stride;
  }
}

// Sums pixels of a row that begins with pixel `begin` and has `kChannels` channels, and rounds the sums.
template <int kChannels>
void SumColumns(std::span<const float> row, int64_t begin, const Triangle& columns, uint8_t* to) {
  for (int64_t i = 0; i < columns.size(); ++i) {
    const float* pixel = row.data() + (columns.first(i) - begin) * kChannels;
    float sum[kChannels] = {};
    for (const float weight : columns.weights(i)) {
      for (int c = 0; c < kChannels; ++c) sum[c] += weight * *pixel++;
    }
    for (int c = 0; c < kChannels; ++c) *to++ = static_cast<uint8_t>(sum[c] + 0.5F);
  }
}

// Fills the rows of `to`, `stride` bytes apart, with a part of the picture in size `size`.
void ResizeInto(const Picture& picture, const Part& part, const PictureSize& size, uint8_t* to,
                int64_t stride) {
  const Triangle rows(picture.size.height, part.rows, size.height);
  const Triangle columns(picture.size.width, part.columns, size.width);
  const int64_t begin = columns.first(0), end = columns.end();  // of the columns that count
  const int64_t picture_stride = picture.size.width * picture.channels;
  std::vector<float> row(static_cast<size_t>((end - begin) * picture.channels));
  for (int64_t i = 0; i < size.height; ++i, to += stride) {
    const uint8_t* from = picture.pixels.data() + rows.first(i) * picture_stride + begin * picture.channels;
    SumRows(from, picture_stride, rows.weights(i), row);
    picture.channels == 1 ? SumColumns<1>(row, begin, columns, to) : SumColumns<3>(row, begin, columns, to);
  }
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
    const bool crop = form.fit == PictureFit::kCrop;
    ResizeInto(picture, crop ? MiddleOf(picture.size, wanted) : WholeOf(picture.size), wanted,
               result.pixels.data(), stride);
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
  ResizeInto(picture, WholeOf(picture.size), inside,
             result.pixels.data() + top * stride + left * picture.channels, stride);
  return result;
}

}  // namespace hourglass
