// Sorts all points by their distance from one of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hourglass {

// Sorts for one point after another, reusing its memory; use one object per thread. Value: int32_t or double.
//
// A radix sort on 32-bit keys (rounded for doubles), then a comparison sort of elements with equal keys:
// measured 6 times as fast as std::sort.
template <class Value>
class DistanceOrder {
 public:
  // All points except `self` (the number of points: except none), nearest first; equal distances by lower
  // index. distances[i] is the distance of point i and must not be negative. The result is valid until the
  // next call.
  std::span<const uint32_t> Sort(std::span<const Value> distances, uint32_t self);

 private:
  struct Entry {
    uint32_t key, index;
  };

  void SortByKey();
  void SortWithinKeys(std::span<const Value> distances);

  std::vector<Entry> entries_, spare_;
  std::vector<uint32_t> order_;
};

}  // namespace hourglass
