#include "hourglass/neighbours/nearest_label.h"

#include <algorithm>
#include <array>

#include "hourglass/core/error.h"

namespace hourglass {

std::vector<uint8_t> MajorityLabels(const Neighbours& neighbours, int64_t k,
                                    std::span<const uint8_t> labels) {
  HOURGLASS_CHECK(k <= neighbours.k);
  std::vector<uint8_t> majority;
  for (int64_t point = 0; point < neighbours.n; ++point) {
    const auto nearest = neighbours.Of(point).first(static_cast<size_t>(k));
    std::array<int32_t, 256> votes = {};
    for (const uint32_t index : nearest) ++votes[labels[index]];
    const auto fewer = [&](uint32_t a, uint32_t b) { return votes[labels[a]] < votes[labels[b]]; };
    majority.push_back(labels[*std::ranges::max_element(nearest, fewer)]);
  }
  return majority;
}

std::vector<uint8_t> LabelByNeighbours(const Dataset& reference, const Dataset& queries, int64_t k) {
  if (reference.labels().empty()) {
    throw UsageError({.what = "images without labels cannot label others"});
  }
  if (reference.image_shape() != queries.image_shape()) {
    throw UsageError({.what = "images of different shapes have no distance",
                      .expected = reference.image_shape().ToString(),
                      .got = queries.image_shape().ToString()});
  }
  const Neighbours nearest =
      NearestNeighbours(AllImages(reference), AllImages(queries), {.distance = Distance::kL2, .k = k});
  return MajorityLabels(nearest, k, reference.labels());
}

}  // namespace hourglass
