// All points in the order of their distance from one of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hourglass {

// Sorts for one point after the other in the same memory, one thread's own. Value: int32_t or double.
//
// A radix sort of 32-bit keys, which for doubles are rounded, then a comparison of those that share a key:
// 6 times as fast here as std::sort.
template <class Value>
class DistanceOrder {
 public:
  // All points but `self`, nearest first; of equal distances the lower index first. distances[i] is that of
  // point i, not negative. The result is valid until the next call.
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
