// Finds all points within a given distance of some points, regardless of their number.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/neighbours/detail/tile_metric.h"

namespace hourglass {

// Calls visit(i, point, distance) for every other point at most limits[i] from point queries[i], in any
// order. Calls come from several threads, but all calls for one i come from the same thread. limits must be
// distances that occur between pairs of points; the distances are exact. points u8 or f32 [n, …], checked by
// CheckPoints; threads ≥ 1.
template <class Visit>
void ForEachWithin(const Tensor& points, Distance distance, std::span<const uint32_t> queries,
                   std::span<const double> limits, int threads, const Visit& visit) {
  if (queries.empty()) return;
  constexpr int64_t kColumns = 1024;  // of a tile
  const Tensor chosen = GatherRows(points, std::vector<int64_t>(queries.begin(), queries.end()));
  WithTileMetric(points, &chosen, distance, [&]<class Metric>(const Metric& metric) {
    using Value = typename Metric::Value;
    const PackedSides& sides = metric.sides();
    std::atomic<int64_t> next = 0;
#pragma omp parallel num_threads(threads)
    {
      Tensor scratch(Shape{sides.scratch_bytes()}, DType::kU8);
      std::vector<int32_t> keys(kTileGrain * kColumns), found(kColumns + kFindRoom);
      for (int64_t begin; (begin = next.fetch_add(kTileGrain)) < chosen.rows();) {
        for (int64_t column = 0; column < points.rows(); column += kColumns) {
          const int64_t stride = std::min(kColumns, sides.points().padded() - column);
          const int64_t columns = std::min(kColumns, points.rows() - column);
          sides.Keys(begin, kTileGrain, column, stride, scratch.data<uint8_t>(), keys.data());
          for (int64_t i = begin; i < std::min(begin + kTileGrain, chosen.rows()); ++i) {
            const auto limit = static_cast<Value>(limits[static_cast<size_t>(i)]);
            const int32_t* row = &keys[static_cast<size_t>((i - begin) * stride)];
            const int64_t near = FindWithin(row, metric.KeyAbove(limit), columns, found.data());
            for (int64_t f = 0; f < near; ++f) {
              const int32_t c = found[static_cast<size_t>(f)];
              const int64_t point = column + c;
              if (point == queries[static_cast<size_t>(i)]) continue;
              const Value exact = metric.DistanceOf(i, point, row[c]);
              if (exact <= limit) visit(static_cast<size_t>(i), static_cast<uint32_t>(point), exact);
            }
          }
        }
      }
    }
  });
}

}  // namespace hourglass
