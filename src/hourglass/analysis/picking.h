// Selects images of a data set.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hourglass/data/dataset.h"

namespace hourglass {

// Returns `indices` unchanged; a usage Error names the first one outside [0, data.size()) and that range.
std::vector<int64_t> PickByIndex(const Dataset& data, std::span<const int64_t> indices);

// The first image of each class in `digits`; with `seed`, a random one (stream kPick). Throws a usage Error
// that lists the existing classes if the data has no labels or no image of a class.
std::vector<int64_t> PickByDigit(const Dataset& data, std::span<const int64_t> digits,
                                 std::optional<uint64_t> seed = std::nullopt);

// Like PickByDigit; for data without labels, the first images, as many as there are `digits`.
std::vector<int64_t> PickToShow(const Dataset& data, std::span<const int64_t> digits);

// The first image of each class in class order, at most `limit`; if the data has no labels, the first `limit`
// images.
std::vector<int64_t> PickOneOfEach(const Dataset& data, int64_t limit = 10);

}  // namespace hourglass
