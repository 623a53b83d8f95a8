#include "hourglass/analysis/detail/blocks.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

constexpr int64_t kBlockPixels = int64_t{1} << 21;  // 8 MiB of f32

}  // namespace

void ForEachBlock(Backend& backend, const Dataset& data, int64_t limit,
                  const std::function<void(std::span<const int64_t> ids, Tensor& pixels)>& visit) {
  const int64_t count = limit < 0 ? data.size() : std::min(limit, data.size());
  const int64_t rows = std::clamp<int64_t>(kBlockPixels / data.image_shape().size(), 1, count);
  std::vector<int64_t> ids(static_cast<size_t>(rows));
  PixelRoom room;
  Tensor pixels;
  for (int64_t begin = 0; begin < count; begin += rows) {
    const auto size = static_cast<size_t>(std::min(rows, count - begin));
    const std::span<int64_t> block = std::span(ids).first(size);
    std::iota(block.begin(), block.end(), begin);
    const LocatedPixels located = data.Locate(block, room);
    backend.GatherPixels(*located.images, located.rows, DType::kF32, pixels);
    visit(block, pixels);
  }
}

void ForEachCentredBlock(Backend& backend, const Dataset& data, std::span<const double> mean,
                         const std::function<void(Tensor& x)>& visit) {
  const std::vector<float> centre(mean.begin(), mean.end());
  ForEachBlock(backend, data, -1, [&](std::span<const int64_t>, Tensor& x) {
    x.Reshape({x.rows(), std::ssize(centre)});
    float* pixel = x.data<float>();
    for (int64_t row = 0; row < x.rows(); ++row) {
      for (const float of_mean : centre) *pixel++ -= of_mean;
    }
    visit(x);
  });
}

void CheckImageShape(const Shape& expected, const Dataset& data) {
  if (data.image_shape() == expected) return;
  throw UsageError({.what = "the images do not fit the model",
                    .expected = "images " + expected.ToString(),
                    .got = "images " + data.image_shape().ToString(),
                    .hint = "use the kind of data that the model was trained on"});
}

}  // namespace hourglass
