// Selects images of a data set.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hourglass/data/dataset.h"

namespace hourglass {

// Returns `indices` unchanged. If one is outside [0, data.size()), throws a usage Error that names the first
// such index and that range.
std::vector<int64_t> PickByIndex(const Dataset& data, std::span<const int64_t> indices);

// The first image of each class in `digits`; with `seed`, a random one (stream kPick). Throws a usage Error
// that lists the existing classes if the data has no labels or no image of a class.
std::vector<int64_t> PickByDigit(const Dataset& data, std::span<const int64_t> digits,
                                 std::optional<uint64_t> seed = std::nullopt);

// The classes to show for those that a study names: each that `data` has stays; the others are replaced by
// the first classes, in order, that are not shown yet, and by any of the first if there are no more. Throws a
// usage Error if the data has no labels.
std::vector<int64_t> ClassesToShow(const Dataset& data, std::span<const int64_t> wanted);

// The first image of each of ClassesToShow; of data without labels, the first images, one per class.
std::vector<int64_t> PickToShow(const Dataset& data, std::span<const int64_t> wanted);

// The first image of each class in class order, at most `limit`; if the data has no labels, the first `limit`
// images.
std::vector<int64_t> PickOneOfEach(const Dataset& data, int64_t limit = 10);

}  // namespace hourglass
