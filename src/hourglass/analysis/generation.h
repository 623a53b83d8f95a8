// Codes that no image gave, to be decoded: the centroids of classes, samples around one of them, a grid over
// a code of two numbers. The way between two centroids is StraightLine of interpolation.h.
#pragma once

#include <cstdint>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"

namespace hourglass {

struct ClassCentroids {
  std::vector<int64_t> classes;  // rising
  std::vector<int64_t> images;   // of each class
  Tensor codes;                  // their mean codes, f32 [classes, d]
};

// Over all images of `data`. Throws a usage Error when it has no labels.
ClassCentroids MeasureCentroids(Session& session, const Dataset& data);

// The centroids of two classes, f32 [2, d], as StraightLine takes them. Throws a usage Error that names the
// classes that there are when one of these is not among them.
Tensor CentroidPair(const ClassCentroids& centroids, int64_t from, int64_t to);

// `count` codes f32 [count, d] from the Gaussian distribution that has mean and covariance of the codes of
// class `label`. Numbers are those of (seed, stream kGenerate), whatever the count. Where the code comes out
// of a ReLU, numbers below 0 become 0, as no image gives them. Throws a usage Error when the data has no
// labels or no image of the class, or when a covariance of more than kMaxSampledCode numbers would be needed.
Tensor SampleClass(Session& session, const Dataset& data, int64_t label, int64_t count, uint64_t seed);

inline constexpr int64_t kMaxSampledCode = 4096;

struct CodeGrid {
  std::vector<float> first;   // rising, the first number of the code along a row
  std::vector<float> second;  // falling, the second number down the rows
  Tensor codes;               // f32 [rows · columns, 2], row after row
};

// `side` values of each number, from the smallest to the largest that the images of `data` have. Throws a
// usage Error unless the code has two numbers and side ≥ 2.
CodeGrid GridOfCodes(Session& session, const Dataset& data, int64_t side);

}  // namespace hourglass
