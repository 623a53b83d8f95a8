#include "hourglass/neighbours/nearest_label.h"

#include <algorithm>

#include "hourglass/core/error.h"
#include "hourglass/core/require.h"

namespace hourglass {

namespace {

// For each label, its index among the occurring labels, so that votes can be counted in an array.
std::vector<uint32_t> Places(std::span<const int32_t> labels) {
  std::vector<int32_t> classes(labels.begin(), labels.end());
  std::ranges::sort(classes);
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  std::vector<uint32_t> places;
  for (const int32_t label : labels) {
    places.push_back(static_cast<uint32_t>(std::ranges::lower_bound(classes, label) - classes.begin()));
  }
  return places;
}

}  // namespace

std::vector<int32_t> MajorityLabels(const Neighbours& neighbours, int64_t k,
                                    std::span<const int32_t> labels) {
  RequireBetween("k", k, 1, neighbours.k);
  const std::vector<uint32_t> places = Places(labels);
  std::vector<int32_t> votes(places.size());
  std::vector<int32_t> majority;
  for (int64_t point = 0; point < neighbours.n; ++point) {
    const auto nearest = neighbours.Of(point).first(static_cast<size_t>(k));
    for (const uint32_t index : nearest) {
      RequireBetween("index of a neighbour", index, 0, std::ssize(labels) - 1);
      ++votes[places[index]];
    }
    const auto votes_of = [&](uint32_t index) { return votes[places[index]]; };
    majority.push_back(labels[*std::ranges::max_element(nearest, {}, votes_of)]);
    for (const uint32_t index : nearest) votes[places[index]] = 0;
  }
  return majority;
}

std::vector<int32_t> LabelByNeighbours(const Dataset& reference, const Dataset& queries, int64_t k) {
  if (reference.labels().empty()) {
    throw UsageError({.what = "images without labels cannot label others"});
  }
  if (reference.image_shape() != queries.image_shape()) {
    throw UsageError({.what = "images of different shapes cannot be compared",
                      .expected = reference.image_shape().ToString(),
                      .got = queries.image_shape().ToString()});
  }
  const Neighbours nearest =
      NearestNeighbours(AllImages(reference), AllImages(queries), {.distance = Distance::kL2, .k = k});
  return MajorityLabels(nearest, k, reference.labels());
}

}  // namespace hourglass
