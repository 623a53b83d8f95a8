#include "hourglass/data/pictures/conform_all.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/data/pictures/picture.h"

namespace hourglass {
namespace {

DataNames NamesOf(const Dataset& data) {
  DataNames names;
  names.classes.assign(data.class_names().begin(), data.class_names().end());
  if (data.size() == 0 || data.image_name(0).empty()) return names;
  for (int64_t i = 0; i < data.size(); ++i) names.images.push_back(data.image_name(i));
  return names;
}

}  // namespace

std::shared_ptr<const Dataset> ConformAll(std::shared_ptr<const Dataset> whole, PictureForm& form) {
  const Dataset& data = *whole;
  const Shape shape = data.image_shape();
  if (shape[0] != 1 && shape[0] != 3) {
    throw DataError({.what = "images of this kind cannot be brought into another size or other channels",
                     .expected = "1 or 3 channels",
                     .got = fmt::format("{} channels", shape[0])});
  }
  if (!form.size) form.size = PictureSize{shape[1], shape[2]};
  if (form.channels == ColourChannels::kAuto)
    form.channels = shape[0] == 1 ? ColourChannels::kGrey : ColourChannels::kRgb;
  const int64_t channels = form.channels == ColourChannels::kGrey ? 1 : 3;
  if (shape == Shape{channels, form.size->height, form.size->width}) return whole;
  std::vector<int64_t> ids(static_cast<size_t>(data.size()));
  std::iota(ids.begin(), ids.end(), int64_t{0});
  PixelRoom room;
  const LocatedPixels located = data.Locate(ids, room);
  Tensor images({data.size(), channels, form.size->height, form.size->width}, DType::kU8);
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < data.size(); ++i) {
    const Picture picture = Conform(PictureOfPlanes(located.image(static_cast<size_t>(i)),
                                                    {shape[1], shape[2]}, static_cast<int>(shape[0])),
                                    form);
    CopyPlanes(picture, images.data<uint8_t>() + i * images.row_size());
  }
  std::vector<int32_t> labels(data.labels().begin(), data.labels().end());
  return std::make_shared<const InMemoryDataset>(std::move(images), std::move(labels), NamesOf(data));
}

}  // namespace hourglass
