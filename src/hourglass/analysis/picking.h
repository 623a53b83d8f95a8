// Which images of a data set to look at.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hourglass/data/dataset.h"

namespace hourglass {

// `indices` as they are; a usage Error names the first one outside of [0, data.size()) and that range.
std::vector<int64_t> PickByIndex(const Dataset& data, std::span<const int64_t> indices);

// For each class of `digits` the first image of it, or with `seed` a random one (stream kPick). Throws a
// usage Error when the data has no labels or no image of a class, naming the classes that there are.
std::vector<int64_t> PickByDigit(const Dataset& data, std::span<const int64_t> digits,
                                 std::optional<uint64_t> seed = std::nullopt);

// PickByDigit, but of data without labels as many of the first images as there are `digits`.
std::vector<int64_t> PickToShow(const Dataset& data, std::span<const int64_t> digits);

// The first image of each class in the order of the classes, at most `limit`; the first `limit` images when
// the data has no labels.
std::vector<int64_t> PickOneOfEach(const Dataset& data, int64_t limit = 10);

}  // namespace hourglass
