// A distance as tiles compute it: keys that sort like the distances, exactly or up to rounding.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "hourglass/neighbours/detail/packed_points.h"
#include "hourglass/neighbours/distance.h"

namespace hourglass {

// For points u8 or f32 [n, …].
TileKind TileKindOf(const Tensor& points, Distance distance);

// The packed points, and the packed queries if they differ from the points.
class PackedSides {
 public:
  // points, queries u8 or f32 [n, …] with equal row sizes.
  PackedSides(const Tensor& points, const Tensor* queries, Distance distance);

  const PackedPoints& points() const { return *points_; }
  const PackedPoints& queries() const { return queries_ ? *queries_ : *points_; }
  bool symmetric() const { return !queries_.has_value(); }
  // Factor that turns distances into keys; a power of two.
  double scale() const { return scale_; }
  // Floats: the largest scaled distance of a pair with this key.
  float LargestSum(int64_t query, int64_t point, float key) const {
    return (key + (queries().slack(query) + points().slack(point))) * points().grow();
  }
  // Bytes that Keys() needs.
  int64_t scratch_bytes() const;

  // The keys of `rows` queries starting at `row` against `columns` points starting at `column`, all multiples
  // of kTileGrain: keys [rows, columns].
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
  // The largest key that the exact distance of a pair with this key may have.
  int32_t LargestKey(int64_t, int64_t, int32_t key) const { return key; }
  // `distance` as a key, rounded down or up.
  int32_t KeyBelow(Value distance) const { return distance; }
  int32_t KeyAbove(Value distance) const { return distance; }

 private:
  const uint8_t *points_, *queries_;
  int64_t size_;
  PackedSides sides_;
};

// Floats: keys are lower bounds of distances. If rounding leaves doubt, the distance is computed in double.
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

// Calls work(metric) with the metric for these points.
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
