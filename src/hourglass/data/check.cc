#include "hourglass/data/check.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "hourglass/core/hash.h"

namespace hourglass {
namespace {

std::vector<std::string> DigestsOf(const Dataset& data) {
  std::vector<std::string> digests;
  digests.reserve(static_cast<size_t>(data.size()));
  ForEachImage(data, [&](std::span<const uint8_t> image) {
    digests.push_back(Sha256({reinterpret_cast<const char*>(image.data()), image.size()}));
  });
  return digests;
}

// Counts the images whose digest is in `first`, which maps digests to images. Adds new ones if `add`.
Duplicates Count(const Dataset& data, std::unordered_map<std::string, int64_t>& first, bool add,
                 size_t most) {
  Duplicates found{.within = 0, .examples = {}};
  const std::vector<std::string> digests = DigestsOf(data);
  for (size_t i = 0; i < digests.size(); ++i) {
    const auto id = static_cast<int64_t>(i);
    const auto known = first.find(digests[i]);
    if (known == first.end()) {
      if (add) first.emplace(digests[i], id);
      continue;
    }
    ++found.within;
    if (found.examples.size() < most) found.examples.emplace_back(known->second, id);
  }
  return found;
}

}  // namespace

Duplicates FindDuplicates(const Dataset& data, size_t most) {
  std::unordered_map<std::string, int64_t> first;
  return Count(data, first, /*add=*/true, most);
}

Duplicates FindDuplicates(const Dataset& reference, const Dataset& data, size_t most) {
  std::unordered_map<std::string, int64_t> first;
  const std::vector<std::string> digests = DigestsOf(reference);
  for (size_t i = 0; i < digests.size(); ++i) first.emplace(digests[i], static_cast<int64_t>(i));
  return Count(data, first, /*add=*/false, most);
}

Tensor MeanImage(const Dataset& data) {
  const Shape shape = data.image_shape();
  std::vector<double> sums(static_cast<size_t>(shape.size()));
  ForEachImage(data, [&](std::span<const uint8_t> image) {
    for (size_t i = 0; i < image.size(); ++i) sums[i] += image[i];
  });
  Tensor mean(shape);
  const double scale = 255.0 * static_cast<double>(std::max<int64_t>(1, data.size()));
  std::ranges::transform(sums, mean.data<float>(),
                         [&](double sum) { return static_cast<float>(sum / scale); });
  return mean;
}

}  // namespace hourglass
