// Codes to decode that do not come from an image: class centroids, samples around a centroid, a grid over a
// code of two numbers. For the path between two centroids see StraightLine in interpolation.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"

namespace hourglass {

struct ClassCentroids {
  std::vector<int64_t> classes;        // ascending
  std::vector<std::string> names;      // of each class, as they are shown
  std::vector<int64_t> images;         // per class
  Tensor codes;                        // mean code per class, f32 [classes, d]
  std::vector<std::string> all_names;  // Dataset::class_names(), with classes that have no images
};

// Uses all images of `data`. Throws a usage Error if it has no labels.
ClassCentroids MeasureCentroids(Session& session, const Dataset& data);

// The centroids of two classes, f32 [2, d], as StraightLine takes them. Throws a usage Error that lists the
// existing classes if one of the two is missing.
Tensor CentroidPair(const ClassCentroids& centroids, int64_t from, int64_t to);

// `count` codes f32 [count, d] from the Gaussian distribution with the mean and covariance of the codes of
// class `label`. They depend on (seed, stream kGenerate), not on the count. If the code is the output of a
// ReLU, negative numbers become 0, as in the codes of images. Throws a usage Error if the data has no labels
// or no image of the class, or if the code has more than kMaxSampledCode numbers.
Tensor SampleClass(Session& session, const Dataset& data, int64_t label, int64_t count, uint64_t seed);

// `count` codes f32 [count, d] from the standard normal distribution, which the codes of a gaussian
// bottleneck follow. They depend on (seed, stream kGenerate), not on the count. Throws a usage Error for
// another model.
Tensor SamplePrior(const Model& model, int64_t count, uint64_t seed);

inline constexpr int64_t kMaxSampledCode = 4096;

struct CodeGrid {
  std::vector<float> first;   // ascending; the first number of the code along a row
  std::vector<float> second;  // descending; the second number down the rows
  Tensor codes;               // f32 [rows · columns, 2], row by row
};

// `side` values per number, from its 1st to its 99th percentile over the codes of `data`: single codes far
// away would leave most of the grid without images. Of up to 100 images, from the minimum to the maximum.
// Throws a usage Error unless the code has two numbers and side ≥ 2; a data Error if codes are not finite.
CodeGrid GridOfCodes(Session& session, const Dataset& data, int64_t side);

}  // namespace hourglass
