#include "hourglass/neighbours/ranks.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <limits>

#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/neighbours/detail/tile_metric.h"

namespace hourglass {
namespace {

constexpr int64_t kRankRows = 64;       // that a thread takes at a time; their counters fit the L2 cache
constexpr int64_t kRankColumns = 1024;  // of a tile
static_assert(kRankRows % kTileGrain == 0 && kRankColumns % kTileGrain == 0);

constexpr int32_t kBeyond = std::numeric_limits<int32_t>::max();  // above every key

// For each point listed for one point, counts how many points are nearer. A table of equal key ranges finds
// the place of a key with hardly any comparisons.
template <class Value>
class RankCounter {
 public:
  // Starts with the points listed for a row; `distance` gives their distances.
  template <class Metric>
  void Start(const Metric& metric, int64_t row, std::span<const uint32_t> list) {
    entries_.clear();
    for (size_t place = 0; place < list.size(); ++place) {
      entries_.push_back({metric.DistanceOf(row, list[place]), list[place], static_cast<uint32_t>(place)});
    }
    std::sort(entries_.begin(), entries_.end());
    low_.clear();
    high_.clear();
    for (const Entry& entry : entries_) {
      low_.push_back(metric.KeyBelow(entry.distance));
      high_.push_back(metric.KeyAbove(entry.distance));
    }
    counts_.assign(entries_.size() + 1, 0);
    FillTable();
    low_.push_back(kBeyond);
    high_.push_back(kBeyond);
  }

  // Counts `count` points from `column` on, whose distances to `row` have these keys. `found` must have room
  // for them.
  template <class Metric>
  void Count(const Metric& metric, int64_t row, int64_t column, int64_t count, const int32_t* keys,
             int32_t* found) {
    const int64_t within =
        FindWithin(keys, last_, count, found);  // usually few: points beyond all listed ones are skipped
    for (int64_t i = 0; i < within; ++i) {
      const int64_t point = column + found[i];
      const int32_t key = keys[found[i]];
      size_t place = table_[static_cast<size_t>(std::max(key - first_, 0) >> shift_)];
      place += high_[place] < key;  // usually enough, and without a branch to mispredict
      while (high_[place] < key) ++place;
      if (low_[place] <= metric.LargestKey(row, point, key)) {
        place = Place({metric.DistanceOf(row, point, key), static_cast<uint32_t>(point), 0}, place);
      }
      ++counts_[place];
    }
  }

  // The rank of each listed point, in list order. The row's own point must not have been counted as near.
  void Ranks(uint32_t* ranks) const {
    uint32_t nearer = 0;
    for (size_t i = 0; i < entries_.size(); ++i) {
      nearer += counts_[i];
      ranks[entries_[i].place] = nearer + 1;
    }
  }

 private:
  struct Entry {
    Value distance;
    uint32_t index;
    uint32_t place;  // position in the list

    friend bool operator<(const Entry& a, const Entry& b) {
      return a.distance < b.distance || (a.distance == b.distance && a.index < b.index);
    }
  };

  static constexpr int kRangeBits = 11, kRanges = 1 << kRangeBits;

  // Entries before table_[range] are below every key of the range. The first few entries share a range,
  // because few points are so near, and because the bits of small float keys would spread the ranges over
  // many powers of two.
  void FillTable() {
    first_ = low_[low_.size() / 16];
    last_ = std::max(first_, high_.back());
    const auto width = static_cast<uint32_t>(last_ - first_);
    shift_ = std::max(0, static_cast<int>(std::bit_width(width)) - kRangeBits);
    size_t below = 0;
    for (int range = 1; range < kRanges; ++range) {
      const int64_t begin = first_ + (int64_t{range} << shift_);
      while (below < high_.size() && high_[below] < begin) ++below;
      table_[range] = static_cast<uint16_t>(below);
    }
    table_[0] = 0;  // includes keys below the first
  }

  // The number of entries not after `point`; at least `place`.
  size_t Place(const Entry& point, size_t place) const {
    const auto from = entries_.begin() + static_cast<std::ptrdiff_t>(place);
    return static_cast<size_t>(std::upper_bound(from, entries_.end(), point) - entries_.begin());
  }

  std::vector<Entry> entries_;       // sorted
  std::vector<int32_t> low_, high_;  // keys at most and at least those of each entry, and kBeyond
  std::vector<uint32_t> counts_;     // number of points after that many entries
  int32_t first_ = 0, last_ = 0;
  int shift_ = 0;
  uint16_t table_[kRanges] = {};
};

// For the queries of the metric, or its points, among n points.
template <class Metric>
void CountAll(const Metric& metric, int64_t queries, int64_t n, std::span<const uint32_t> lists,
              const RankOptions& options, std::vector<uint32_t>& ranks) {
  const PackedSides& sides = metric.sides();
  const int64_t m = static_cast<int64_t>(lists.size()) / queries;
  std::atomic<int64_t> next = 0;
#pragma omp parallel num_threads(options.threads)
  {
    Tensor scratch(Shape{sides.scratch_bytes()}, DType::kU8);
    std::vector<int32_t> keys(kRankRows * kRankColumns);
    std::vector<int32_t> found(kRankColumns + kFindRoom);
    std::vector<RankCounter<typename Metric::Value>> counters(kRankRows);
    for (int64_t begin; (begin = next.fetch_add(kRankRows)) < queries;) {
      const int64_t rows = std::min(kRankRows, queries - begin);
      for (int64_t r = 0; r < rows; ++r) {
        counters[static_cast<size_t>(r)].Start(
            metric, begin + r, lists.subspan(static_cast<size_t>((begin + r) * m), static_cast<size_t>(m)));
      }
      for (int64_t column = 0; column < n; column += kRankColumns) {
        const int64_t stride = std::min(kRankColumns, sides.points().padded() - column);
        sides.Keys(begin, std::min(kRankRows, sides.queries().padded() - begin), column, stride,
                   scratch.data<uint8_t>(), keys.data());
        for (int64_t r = 0; r < rows; ++r) {
          int32_t* row_keys = &keys[static_cast<size_t>(r * stride)];
          const int64_t self = begin + r - column;
          if (sides.symmetric() && self >= 0 && self < stride) row_keys[self] = kBeyond;
          counters[static_cast<size_t>(r)].Count(metric, begin + r, column,
                                                 std::min(kRankColumns, n - column), row_keys, found.data());
        }
      }
      for (int64_t r = 0; r < rows; ++r) {
        counters[static_cast<size_t>(r)].Ranks(&ranks[static_cast<size_t>((begin + r) * m)]);
      }
      if (options.progress && omp_get_thread_num() == 0) {
        options.progress(static_cast<double>(begin) / static_cast<double>(queries));
      }
    }
  }
  if (options.progress) options.progress(1);
}

// `own`: the rows of the lists are the points themselves.
void CheckLists(int64_t n, int64_t rows, bool own, std::span<const uint32_t> lists) {
  const size_t m = lists.size() / static_cast<size_t>(rows);
  if (m == 0 || m * static_cast<size_t>(rows) != lists.size() || m > std::numeric_limits<uint16_t>::max()) {
    throw UsageError({.what = "ranks need lists of equal length, one per point",
                      .expected = fmt::format("a multiple of {} entries, at most 65,535 per point", rows),
                      .got = fmt::format("{}", lists.size())});
  }
  for (size_t i = 0; i < lists.size(); ++i) {
    if (lists[i] < n && !(own && lists[i] == i / m)) continue;
    throw UsageError({.what = fmt::format("point {} cannot be listed for point {}", lists[i], i / m),
                      .expected = fmt::format("{}, 0 to {}", own ? "another point" : "a point", n - 1)});
  }
}

bool AllEqual(const Tensor& points) {
  const auto* bytes = static_cast<const uint8_t*>(points.raw());
  const size_t row = static_cast<size_t>(points.row_size()) * ByteSize(points.dtype());
  return std::equal(bytes + row, bytes + points.byte_size(), bytes);
}

// Among equal points (for example of a collapsed code), ranks follow from the indices; no pairs are examined.
void RankByIndex(std::span<const uint32_t> lists, size_t m, bool own, std::vector<uint32_t>& ranks) {
  for (size_t i = 0; i < lists.size(); ++i) ranks[i] = lists[i] + (!own || lists[i] < i / m ? 1 : 0);
}

std::vector<uint32_t> RankAll(const Tensor& points, const Tensor* queries, std::span<const uint32_t> lists,
                              RankOptions options) {
  const bool own = queries == nullptr;
  const int64_t n = points.rows(), rows = own ? n : queries->rows();
  RequireAtLeast("number of points with a list", rows, 1);
  CheckLists(n, rows, own, lists);
  if (options.threads <= 0) options.threads = omp_get_max_threads();
  std::vector<uint32_t> ranks(lists.size());
  if (AllEqual(points)) {
    RankByIndex(lists, lists.size() / static_cast<size_t>(rows), own, ranks);
    return ranks;
  }
  WithTileMetric(points, queries, options.distance,
                 [&](const auto& metric) { CountAll(metric, rows, n, lists, options, ranks); });
  return ranks;
}

}  // namespace

std::vector<uint32_t> RanksOf(const Tensor& points, std::span<const uint32_t> lists,
                              const RankOptions& options) {
  CheckPoints(points);
  return RankAll(points, nullptr, lists, options);
}

std::vector<uint32_t> RanksOf(const Tensor& points, const Tensor& queries, std::span<const uint32_t> lists,
                              const RankOptions& options) {
  CheckPoints(points);
  CheckQueries(points, queries);
  return RankAll(points, &queries, lists, options);
}

std::vector<uint32_t> SideBySide(std::span<const std::span<const uint32_t>> lists, int64_t n) {
  std::vector<uint32_t> joined;
  if (!lists.empty()) joined.reserve(lists.size() * lists.front().size());
  for (int64_t row = 0; row < n; ++row) {
    for (const std::span<const uint32_t> list : lists) {
      const auto m = std::ssize(list) / n;
      joined.insert(joined.end(), list.begin() + row * m, list.begin() + (row + 1) * m);
    }
  }
  return joined;
}

std::vector<std::vector<uint32_t>> Apart(std::span<const uint32_t> joined, int64_t n, size_t count) {
  std::vector<std::vector<uint32_t>> lists(count);
  const auto m = std::ssize(joined) / n / static_cast<int64_t>(count);
  auto from = joined.begin();
  for (int64_t row = 0; row < n; ++row) {
    for (std::vector<uint32_t>& list : lists) {
      list.insert(list.end(), from, from + m);
      from += m;
    }
  }
  return lists;
}

}  // namespace hourglass
