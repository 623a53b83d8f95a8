#include "hourglass/neighbours/detail/tile_metric.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace hourglass {
namespace {

// The elements that vary among points and queries; only these contribute to distances. In MNIST, 717 of 784
// pixels do.
std::vector<int32_t> VaryingElements(const Tensor& points, const Tensor* queries) {
  const auto size = static_cast<size_t>(points.row_size());
  std::vector<uint8_t> varies(size, 0);
  const uint8_t* first = points.data<uint8_t>();
  for (const Tensor* tensor : {&points, queries}) {
    for (int64_t p = 0; tensor != nullptr && p < tensor->rows(); ++p) {
      const uint8_t* point = tensor->data<uint8_t>() + p * tensor->row_size();
      for (size_t i = 0; i < size; ++i) varies[i] |= point[i] ^ first[i];
    }
  }
  std::vector<int32_t> elements;
  for (size_t i = 0; i < size; ++i) {
    if (varies[i] != 0) elements.push_back(static_cast<int32_t>(i));
  }
  return elements;
}

// Up to this many elements, computing the differences costs little more than products.
constexpr int64_t kFewFloats = 16;

// Computing differences from products loses digits far from the origin.
std::vector<double> Center(const Tensor& points, TileKind kind) {
  std::vector<double> center(static_cast<size_t>(points.row_size()), 0);
  if (kind != TileKind::kFloatsL2) return center;
  const float* value = points.data<float>();
  for (int64_t p = 0; p < points.rows(); ++p) {
    for (double& sum : center) sum += *value++;
  }
  for (double& sum : center) sum /= static_cast<double>(points.rows());
  return center;
}

// The power of two that scales all x - center to [-1, 1]; 1 if all are 0.
double Scale(const Tensor& points, const Tensor* queries, const std::vector<double>& center) {
  double largest = 0;
  for (const Tensor* tensor : {&points, queries}) {
    if (tensor == nullptr) continue;
    const float* value = tensor->data<float>();
    for (int64_t p = 0; p < tensor->rows(); ++p) {
      for (const double c : center) largest = std::max(largest, std::abs(*value++ - c));
    }
  }
  return largest == 0 ? 1 : std::ldexp(1.0, -std::ilogb(largest) - 1);
}

// The bits of the smallest float ≥ `value`.
int32_t KeyOfAtLeast(double value) {
  if (!(value < double{std::numeric_limits<float>::max()})) return std::bit_cast<int32_t>(INFINITY);
  const auto rounded = static_cast<float>(value);
  return std::bit_cast<int32_t>(rounded < value ? std::nextafter(rounded, INFINITY) : rounded);
}

template <class T>
const T* QueryData(const Tensor& points, const Tensor* queries) {
  return (queries == nullptr ? points : *queries).data<T>();
}

}  // namespace

TileKind TileKindOf(const Tensor& points, Distance distance) {
  const bool l1 = distance == Distance::kL1;
  if (points.dtype() == DType::kU8) return l1 ? TileKind::kBytesL1 : TileKind::kBytesL2;
  if (l1) return TileKind::kFloatsL1;
  return points.row_size() <= kFewFloats ? TileKind::kFewFloatsL2 : TileKind::kFloatsL2;
}

PackedSides::PackedSides(const Tensor& points, const Tensor* queries, Distance distance)
    : kind_(TileKindOf(points, distance)) {
  if (points.dtype() == DType::kU8) {
    const std::vector<int32_t> elements = VaryingElements(points, queries);
    points_ = PackedPoints::OfBytes(kind_, points, elements);
    if (queries != nullptr) queries_ = PackedPoints::OfBytes(kind_, *queries, elements);
    return;
  }
  const std::vector<double> center = Center(points, kind_);
  const double scale = Scale(points, queries, center);
  scale_ = distance == Distance::kL1 ? scale : scale * scale;
  points_ = PackedPoints::OfFloats(kind_, points, center, scale);
  if (queries != nullptr) queries_ = PackedPoints::OfFloats(kind_, *queries, center, scale);
}

int64_t PackedSides::scratch_bytes() const {
  return kTileGrain * std::max<int64_t>(1, points_->steps()) * 4;
}

void PackedSides::Keys(int64_t row, int64_t rows, int64_t column, int64_t columns, uint8_t* scratch,
                       int32_t* keys) const {
  ComputeTile(kind_, {.rows = queries().Block(row, rows),
                      .columns = points().Block(column, columns),
                      .steps = points_->steps(),
                      .shrink = points_->shrink(),
                      .scratch = scratch,
                      .out = keys});
}

template <Distance kDistance>
ByteMetric<kDistance>::ByteMetric(const Tensor& points, const Tensor* queries)
    : points_(points.data<uint8_t>()),
      queries_(QueryData<uint8_t>(points, queries)),
      size_(points.row_size()),
      sides_(points, queries, kDistance) {}

template <Distance kDistance>
int32_t ByteMetric<kDistance>::DistanceOf(int64_t query, int64_t point) const {
  return ByteDistance<kDistance>(queries_ + query * size_, points_ + point * size_, size_);
}

template <Distance kDistance>
FloatMetric<kDistance>::FloatMetric(const Tensor& points, const Tensor* queries)
    : points_(points.data<float>()),
      queries_(QueryData<float>(points, queries)),
      size_(points.row_size()),
      sides_(points, queries, kDistance) {}

template <Distance kDistance>
int32_t FloatMetric<kDistance>::KeyBelow(double distance) const {
  const double scaled = distance * sides_.scale();
  const auto rounded = static_cast<float>(std::min(scaled, double{std::numeric_limits<float>::max()}));
  return std::bit_cast<int32_t>(rounded > scaled ? std::nextafter(rounded, 0.0f) : rounded);
}

template <Distance kDistance>
int32_t FloatMetric<kDistance>::KeyAbove(double distance) const {
  return KeyOfAtLeast(distance * sides_.scale());
}

template class ByteMetric<Distance::kL1>;
template class ByteMetric<Distance::kL2>;
template class FloatMetric<Distance::kL1>;
template class FloatMetric<Distance::kL2>;

}  // namespace hourglass
