#include "hourglass/neighbours/distance_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>
#include <type_traits>

namespace hourglass {
namespace {

constexpr int kDigitBits = 11;  // three digits per key; their counters fit the L1 cache
constexpr uint32_t kDigits = 1U << kDigitBits;

// Non-decreasing in the distance, and equal only for equal integers.
uint32_t KeyOf(int32_t distance) {
  return static_cast<uint32_t>(distance);
}
uint32_t KeyOf(double distance) {
  return std::bit_cast<uint32_t>(
      static_cast<float>(std::min(distance, double{std::numeric_limits<float>::max()})));
}

}  // namespace

// Stable: entries with equal keys stay in index order.
template <class Value>
void DistanceOrder<Value>::SortByKey() {
  spare_.resize(entries_.size());
  for (int shift = 0; shift < 32; shift += kDigitBits) {
    std::array<uint32_t, kDigits> places = {};
    const auto digit = [shift](const Entry& entry) { return (entry.key >> shift) & (kDigits - 1); };
    for (const Entry& entry : entries_) ++places[digit(entry)];
    std::exclusive_scan(places.begin(), places.end(), places.begin(), 0U);
    for (const Entry& entry : entries_) spare_[places[digit(entry)]++] = entry;
    entries_.swap(spare_);
  }
}

template <class Value>
void DistanceOrder<Value>::SortWithinKeys(std::span<const Value> distances) {
  const auto nearer = [&](const Entry& a, const Entry& b) {
    const Value x = distances[a.index], y = distances[b.index];
    return x < y || (x == y && a.index < b.index);
  };
  for (auto begin = entries_.begin(); begin != entries_.end();) {
    const auto end =
        std::find_if(begin + 1, entries_.end(), [&](const Entry& entry) { return entry.key != begin->key; });
    if (end - begin > 1 && !std::is_sorted(begin, end, nearer)) std::sort(begin, end, nearer);
    begin = end;
  }
}

template <class Value>
std::span<const uint32_t> DistanceOrder<Value>::Sort(std::span<const Value> distances, uint32_t self) {
  entries_.clear();
  for (uint32_t i = 0; i < distances.size(); ++i) {
    if (i != self) entries_.push_back({KeyOf(distances[i]), i});
  }
  SortByKey();
  if constexpr (std::is_floating_point_v<Value>) SortWithinKeys(distances);
  order_.clear();
  for (const Entry& entry : entries_) order_.push_back(entry.index);
  return order_;
}

template class DistanceOrder<int32_t>;
template class DistanceOrder<double>;

}  // namespace hourglass
