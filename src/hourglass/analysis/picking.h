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

struct ImagePair {
  int64_t from = 0, to = 0;
};

// Pairs of images to interpolate between, as far as the data has them: two pairs of different classes, a 7
// and a 0 first if these are ten digits, then two pairs within a class. Of data without labels, the first two
// images, the next two, and so on, four pairs.
std::vector<ImagePair> PickPairs(const Dataset& data);

struct RankedImage {
  int64_t id = 0;
  double rank = 0;  // 0: the smallest error of all images, 1: the largest
  double error = 0;
};

// Up to `count` images from the smallest to the largest error, at even distances in rank over all images.
// `errors`: one per image; of equal ones, the first comes first, and those that are not numbers come last.
// Throws a usage Error if there is no image or count < 1.
std::vector<RankedImage> PickByRank(std::span<const double> errors, int64_t count);

std::vector<int64_t> IdsOf(std::span<const RankedImage> images);

}  // namespace hourglass
