#include "hourglass/data/joined_dataset.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

bool FitTogether(const Dataset& a, const Dataset& b) {
  return a.image_shape() == b.image_shape() && std::ranges::equal(a.class_names(), b.class_names()) &&
         (a.labels().empty() == b.labels().empty() || a.size() == 0 || b.size() == 0);
}

}  // namespace

JoinedDataset::JoinedDataset(std::vector<Part> parts) : parts_(std::move(parts)), begins_{0} {
  for (const Part& part : parts_) {
    if (!FitTogether(*parts_.front().data, *part.data)) {
      throw UsageError({.what = "the parts of a joined data set do not fit together",
                        .expected = "the same shape and classes, and labels in all parts or in none"});
    }
    begins_.push_back(begins_.back() + part.data->size());
    labels_.insert(labels_.end(), part.data->labels().begin(), part.data->labels().end());
  }
  if (parts_.empty()) throw UsageError({.what = "a joined data set has no parts"});
}

size_t JoinedDataset::PartOf(int64_t id) const {
  return static_cast<size_t>(std::ranges::upper_bound(begins_, id) - begins_.begin()) - 1;
}

std::string JoinedDataset::image_name(int64_t id) const {
  CheckIds({&id, 1});
  const size_t part = PartOf(id);
  const std::string name = parts_[part].data->image_name(id - begins_[part]);
  return name.empty() ? name : parts_[part].prefix + name;
}

LocatedPixels JoinedDataset::Locate(std::span<const int64_t> ids, PixelRoom& room) const {
  CheckIds(ids);
  const size_t part = ids.empty() ? 0 : PartOf(ids.front());
  const int64_t begin = begins_[part], end = begins_[part + 1];
  if (!std::ranges::all_of(ids, [=](int64_t id) { return begin <= id && id < end; }))
    return Gather(ids, room);
  room.rows.resize(ids.size());  // keeps the elements if `ids` is room.rows
  std::ranges::transform(ids, room.rows.begin(), [=](int64_t id) { return id - begin; });
  return parts_[part].data->Locate(room.rows, room);
}

// `ids` may be room.rows, so that is left alone until the end, and the parts get a room of their own.
LocatedPixels JoinedDataset::Gather(std::span<const int64_t> ids, PixelRoom& room) const {
  if (room.of_part == nullptr) room.of_part = std::make_unique<PixelRoom>();
  PixelRoom& inner = *room.of_part;
  const auto id_at = [&](int64_t place) { return ids[static_cast<size_t>(place)]; };
  std::vector<int64_t>& places = room.places;  // in the order of the images: part by part
  places.resize(ids.size());
  std::iota(places.begin(), places.end(), int64_t{0});
  std::ranges::sort(places, {}, id_at);

  room.pixels.Resize(image_shape().Batched(std::ssize(ids)), DType::kU8);
  const auto bytes = static_cast<size_t>(room.pixels.row_size());
  for (size_t first = 0; first < places.size();) {
    const size_t part = PartOf(id_at(places[first]));
    inner.rows.clear();
    for (size_t i = first; i < places.size() && id_at(places[i]) < begins_[part + 1]; ++i)
      inner.rows.push_back(id_at(places[i]) - begins_[part]);
    const size_t count = inner.rows.size();
    const LocatedPixels located = parts_[part].data->Locate(inner.rows, inner);
    for (size_t i = 0; i < count; ++i) {
      uint8_t* to = room.pixels.data<uint8_t>() + places[first + i] * room.pixels.row_size();
      std::memcpy(to, located.image(i), bytes);
    }
    first += count;
  }
  room.rows.resize(ids.size());
  std::iota(room.rows.begin(), room.rows.end(), int64_t{0});
  return {&room.pixels, room.rows};
}

void JoinedDataset::Expect(std::span<const int64_t> ids) const {
  CheckIds(ids);
  std::vector<std::vector<int64_t>> of_parts(parts_.size());
  for (const int64_t id : ids) {
    const size_t part = PartOf(id);
    of_parts[part].push_back(id - begins_[part]);
  }
  for (size_t part = 0; part < parts_.size(); ++part) {
    if (!of_parts[part].empty()) parts_[part].data->Expect(of_parts[part]);
  }
}

}  // namespace hourglass
