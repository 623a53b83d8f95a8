#include "hourglass/data/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace hourglass {

DatasetStatistics ComputeStatistics(const Dataset& data) {
  std::array<int64_t, 256> histogram = {};
  ForEachImage(data, [&](std::span<const uint8_t> image) {
    for (const uint8_t pixel : image) ++histogram[pixel];
  });
  DatasetStatistics statistics;
  statistics.lowest = 255;
  double count = 0;
  double sum = 0;
  double squares = 0;
  for (int value = 0; value < 256; ++value) {
    const auto times = static_cast<double>(histogram[static_cast<size_t>(value)]);
    if (times == 0) continue;
    count += times;
    sum += times * value;
    squares += times * value * value;
    statistics.lowest = std::min(statistics.lowest, value);
    statistics.highest = value;
  }
  const double mean = sum / count;
  statistics.mean = mean / 255;
  statistics.standard_deviation = std::sqrt(std::max(0.0, squares / count - mean * mean)) / 255;
  statistics.background = static_cast<double>(histogram[0]) / count;
  for (const int32_t label : data.labels()) ++statistics.label_counts[label];
  return statistics;
}

std::vector<double> PixelMeans(const Dataset& data) {
  std::vector<uint64_t> sums(static_cast<size_t>(data.image_shape().size()));
  ForEachImage(data, [&](std::span<const uint8_t> image) {
    for (size_t i = 0; i < image.size(); ++i) sums[i] += image[i];
  });
  const double scale = 255.0 * static_cast<double>(data.size());
  std::vector<double> means;
  for (const uint64_t sum : sums) means.push_back(static_cast<double>(sum) / scale);
  return means;
}

std::map<int, std::vector<int64_t>> FirstIdsByLabel(const Dataset& data, int64_t count) {
  std::map<int, std::vector<int64_t>> ids;
  for (size_t i = 0; i < data.labels().size(); ++i) {
    auto& of_label = ids[data.labels()[i]];
    if (static_cast<int64_t>(of_label.size()) < count) of_label.push_back(static_cast<int64_t>(i));
  }
  return ids;
}

}  // namespace hourglass
