// A distance as the tiles compute it: keys that sort as the distances do, exactly or but for rounding.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "hourglass/neighbours/distance.h"
#include "hourglass/neighbours/packed_points.h"

namespace hourglass {

// For points u8 or f32 [n, …].
TileKind TileKindOf(const Tensor& points, Distance distance);

// The points packed, and queries if they are others than the points.
class PackedSides {
 public:
  // points, queries u8 or f32 [n, …] with as many elements each.
  PackedSides(const Tensor& points, const Tensor* queries, Distance distance);

  const PackedPoints& points() const { return *points_; }
  const PackedPoints& queries() const { return queries_ ? *queries_ : *points_; }
  bool symmetric() const { return !queries_.has_value(); }
  // What distances are multiplied by to become keys; a power of two.
  double scale() const { return scale_; }
  // Floats: the most that the scaled distance of a pair may be whose key is `key`.
  float LargestSum(int64_t query, int64_t point, float key) const {
    return (key + (queries().slack(query) + points().slack(point))) * points().grow();
  }
  // Bytes that Keys() needs.
  int64_t scratch_bytes() const;

  // The keys of `rows` queries from `row` on against `columns` points from `column` on, all multiples of
  // kTileGrain: keys [rows, columns].
  void Keys(int64_t row, int64_t rows, int64_t column, int64_t columns, uint8_t* scratch,
            int32_t* keys) const;

 private:
  TileKind kind_;
  double scale_ = 1;
  std::optional<PackedPoints> points_, queries_;
};

// Bytes: keys are distances.
template <Distance kDistance>
class ByteMetric {
 public:
  using Value = int32_t;

  ByteMetric(const Tensor& points, const Tensor* queries);

  const PackedSides& sides() const { return sides_; }
  Value DistanceOf(int64_t query, int64_t point) const;
  Value DistanceOf(int64_t, int64_t, int32_t key) const { return key; }
  // The largest key that the pair's distance may have, whose key is `key`.
  int32_t LargestKey(int64_t, int64_t, int32_t key) const { return key; }
  // Keys with distances that are below and above `distance`, or equal.
  int32_t KeyBelow(Value distance) const { return distance; }
  int32_t KeyAbove(Value distance) const { return distance; }

 private:
  const uint8_t *points_, *queries_;
  int64_t size_;
  PackedSides sides_;
};

// Floats: keys are lower bounds of distances; what rounding leaves in doubt is computed in double.
template <Distance kDistance>
class FloatMetric {
 public:
  using Value = double;

  FloatMetric(const Tensor& points, const Tensor* queries);

  const PackedSides& sides() const { return sides_; }
  Value DistanceOf(int64_t query, int64_t point) const {
    return FloatDistance<kDistance>(queries_ + query * size_, 1, points_ + point * size_, 1, size_);
  }
  Value DistanceOf(int64_t query, int64_t point, int32_t) const { return DistanceOf(query, point); }
  int32_t LargestKey(int64_t query, int64_t point, int32_t key) const {
    const float most = sides_.LargestSum(query, point, std::bit_cast<float>(key));
    return std::bit_cast<int32_t>(most);
  }
  int32_t KeyBelow(Value distance) const;
  int32_t KeyAbove(Value distance) const;

 private:
  const float *points_, *queries_;
  int64_t size_;
  PackedSides sides_;
};

// Calls work(metric) with the metric of these points.
template <class Work>
void WithTileMetric(const Tensor& points, const Tensor* queries, Distance distance, const Work& work) {
  const bool l1 = distance == Distance::kL1;
  if (points.dtype() == DType::kU8) {
    return l1 ? work(ByteMetric<Distance::kL1>(points, queries))
              : work(ByteMetric<Distance::kL2>(points, queries));
  }
  return l1 ? work(FloatMetric<Distance::kL1>(points, queries))
            : work(FloatMetric<Distance::kL2>(points, queries));
}

}  // namespace hourglass
