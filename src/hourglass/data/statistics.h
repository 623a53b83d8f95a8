// Summary statistics of a data set.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "hourglass/data/dataset.h"

namespace hourglass {

struct DatasetStatistics {
  double mean = 0;                // of all pixels, 0 … 1
  double standard_deviation = 0;  // of all pixels
  double background = 0;          // share of pixels that are 0
  int lowest = 0;                 // pixel value, 0 … 255
  int highest = 0;
  std::map<int, int64_t> label_counts;  // label → number of images; empty without labels
};

// One pass over all images, in blocks.
DatasetStatistics ComputeStatistics(const Dataset& data);

// The exact mean of each of the C · H · W pixels over all images, in [0, 1].
std::vector<double> PixelMeans(const Dataset& data);

// For each label that occurs, in order: the first `count` images with that label (all if there are fewer).
std::map<int, std::vector<int64_t>> FirstIdsByLabel(const Dataset& data, int64_t count);

}  // namespace hourglass
