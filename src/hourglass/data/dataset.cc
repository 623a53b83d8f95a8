#include "hourglass/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/hash.h"
#include "hourglass/core/text.h"

namespace hourglass {
namespace {

constexpr int64_t kBlockBytes = int64_t{1} << 21;  // of pixels located at once

std::vector<int64_t> AllIds(const Dataset& data) {
  std::vector<int64_t> ids(static_cast<size_t>(data.size()));
  std::iota(ids.begin(), ids.end(), int64_t{0});
  return ids;
}

std::string_view Bytes(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// One byte per label if all fit, as in common files; else four, little-endian.
std::string LabelBytes(std::span<const int32_t> labels) {
  if (std::ranges::all_of(labels, [](int32_t label) { return std::in_range<uint8_t>(label); })) {
    return {labels.begin(), labels.end()};
  }
  return {reinterpret_cast<const char*>(labels.data()), labels.size_bytes()};
}

}  // namespace

void Dataset::CheckIds(std::span<const int64_t> ids) const {
  const int64_t count = size();
  const auto outside = [count](int64_t id) { return id < 0 || id >= count; };
  const auto found = std::ranges::find_if(ids, outside);
  if (found == ids.end()) return;
  throw UsageError({.what = "image index out of range",
                    .expected = fmt::format("0 to {}", count - 1),
                    .got = fmt::format("{}", *found)});
}

void CheckLabelCount(int64_t images, size_t labels) {
  if (labels == 0 || labels == static_cast<size_t>(images)) return;
  throw DataError({.what = "the numbers of images and labels differ",
                   .expected = fmt::format("{} labels, one per image", images),
                   .got = fmt::format("{} labels", labels),
                   .hint = "check that both files belong together"});
}

InMemoryDataset::InMemoryDataset(Tensor images, std::vector<int32_t> labels, DataNames names)
    : images_(std::move(images)), labels_(std::move(labels)), names_(std::move(names)) {
  if (images_.dtype() != DType::kU8 || images_.shape().rank() != 4) {
    throw UsageError(
        {.what = "the tensor does not hold images", .expected = "u8 [M, C, H, W]", .got = Describe(images_)});
  }
  CheckLabelCount(images_.rows(), labels_.size());
}

Shape InMemoryDataset::image_shape() const {
  return Shape(images_.shape().sizes().subspan(1));
}

std::string InMemoryDataset::image_name(int64_t id) const {
  return names_.images.empty() ? "" : names_.images.at(static_cast<size_t>(id));
}

LocatedPixels InMemoryDataset::Locate(std::span<const int64_t> ids, PixelRoom&) const {
  CheckIds(ids);
  return {&images_, ids};
}

std::string ClassName(std::span<const std::string> names, int32_t label) {
  return std::cmp_less(label, names.size()) ? names[static_cast<size_t>(label)] : fmt::format("{}", label);
}

std::string ClassName(const Dataset& data, int32_t label) {
  return ClassName(data.class_names(), label);
}

std::string ShownClassName(std::span<const std::string> names, int32_t label) {
  return Visible(ClassName(names, label));
}

std::string ShownClassName(const Dataset& data, int32_t label) {
  return ShownClassName(data.class_names(), label);
}

int32_t LabelNamed(const Dataset& data, std::string_view name) {
  const auto names = data.class_names();
  auto found = std::ranges::find(names, name);
  if (found == names.end()) found = std::ranges::find(names, name, &Visible);
  if (found != names.end()) return static_cast<int32_t>(found - names.begin());
  int32_t label = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), label);
  const bool number = error == std::errc() && end == name.data() + name.size() && label >= 0;
  if (number && (names.empty() || std::cmp_less(label, names.size()))) return label;
  constexpr size_t kListed = 20;
  std::vector<std::string> shown;
  for (const std::string& known : names) shown.push_back(Visible(known));
  throw UsageError(
      {.what = fmt::format("there is no class '{}'", Visible(name)),
       .expected = names.empty() ? "the number of a class, 0 or more" : "one of " + Listed(shown, kListed)});
}

void ForEachImage(const Dataset& data, const std::function<void(std::span<const uint8_t> image)>& visit) {
  const int64_t bytes = data.image_shape().size();
  const int64_t count = data.size();
  const int64_t block = std::max<int64_t>(1, kBlockBytes / std::max<int64_t>(1, bytes));
  PixelRoom room;
  std::vector<int64_t> ids;
  for (int64_t begin = 0; begin < count; begin += block) {
    ids.resize(static_cast<size_t>(std::min(block, count - begin)));
    std::iota(ids.begin(), ids.end(), begin);
    const LocatedPixels located = data.Locate(ids, room);
    for (size_t i = 0; i < ids.size(); ++i) visit({located.image(i), static_cast<size_t>(bytes)});
  }
}

std::string ChecksumOf(const Dataset& data) {
  if (std::string known = data.known_checksum(); !known.empty()) return known;
  Sha256Sum pixels;
  ForEachImage(data, [&](std::span<const uint8_t> image) { pixels.Add(Bytes(image)); });
  return Sha256(fmt::format("{} {} {}", data.image_shape().Batched(data.size()).ToString(), pixels.Hex(),
                            Sha256(LabelBytes(data.labels()))));
}

Tensor AllImages(const Dataset& data) {
  const std::vector<int64_t> ids = AllIds(data);
  PixelRoom room;
  const LocatedPixels located = data.Locate(ids, room);
  if (located.images == &room.pixels) return std::move(room.pixels);
  if (std::ranges::equal(located.rows, ids)) return located.images->Rows(0, data.size());
  return GatherRows(*located.images, located.rows);
}

Tensor ReadPixels(const Dataset& data, std::span<const int64_t> ids) {
  std::vector<int64_t> all;
  if (ids.empty()) ids = all = AllIds(data);
  PixelRoom room;
  const LocatedPixels located = data.Locate(ids, room);
  Tensor pixels(data.image_shape().Batched(static_cast<int64_t>(ids.size())), DType::kF32);
  const int64_t size = pixels.row_size();
  auto* to = pixels.data<float>();
  for (size_t row = 0; row < ids.size(); ++row) {
    const uint8_t* from = located.image(row);
    for (int64_t i = 0; i < size; ++i) *to++ = static_cast<float>(from[i]) / 255.0f;
  }
  return pixels;
}

}  // namespace hourglass
