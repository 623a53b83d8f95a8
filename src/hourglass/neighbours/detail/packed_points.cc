#include "hourglass/neighbours/detail/packed_points.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace hourglass {
namespace {

// Sums of D products in f32 are off by less than (D + 16) · 2^-24 · Σ |products|, including the roundings
// before and after them, for D up to a million (Higham, Accuracy and Stability of Numerical Algorithms, 3.1).
double RelativeError(int64_t elements) {
  return 1.25 * static_cast<double>(elements + 16) * 0x1p-24;
}

float RoundDown(double value) {
  const auto rounded = static_cast<float>(value);
  return rounded > value ? std::nextafter(rounded, -INFINITY) : rounded;
}

int64_t RoundUp(int64_t value, int64_t grain) {
  return (value + grain - 1) / grain * grain;
}

}  // namespace

PackedPoints::PackedPoints(TileKind kind, int64_t n, int64_t bytes)
    : piece_bytes_(PieceBytes(kind)),
      per_cell_(kTileCell / piece_bytes_),
      padded_(RoundUp(n, kTileGrain)),
      steps_(RoundUp(std::max<int64_t>(bytes, 1), piece_bytes_) /
             piece_bytes_),  // 0 bytes: all points are equal
      cells_(static_cast<size_t>(padded_ / per_cell_ * steps_ * kTileCell)) {}

int64_t PackedPoints::Bytes(TileKind kind, int64_t n, int64_t elements) {
  const bool bytes = kind == TileKind::kBytesL1 || kind == TileKind::kBytesL2;
  const int64_t points = RoundUp(n, kTileGrain);
  const auto cells = static_cast<size_t>(points * RoundUp(elements * (bytes ? 1 : 4), PieceBytes(kind)));
  return static_cast<int64_t>(BytesInMemory(cells)) + points * 8;
}

uint8_t* PackedPoints::Piece(int64_t point, int64_t piece) {
  return cells_.data() + (point / per_cell_ * steps_ + piece) * kTileCell + point % per_cell_ * piece_bytes_;
}

size_t PackedPoints::CellsBefore(int64_t point) const {
  return static_cast<size_t>(point / per_cell_ * steps_ * kTileCell);
}

template <class Pack>
void PackedPoints::PackAll(int64_t n, const Pack& pack) {
  constexpr int64_t kAtOnce = 64 * kTileGrain;
  for (int64_t begin = 0; begin < n; begin += kAtOnce) {
    for (int64_t p = begin; p < std::min(n, begin + kAtOnce); ++p) pack(p);
    LetGo(begin, begin + kAtOnce);
  }
  for (int64_t p = n; p < padded_; ++p) {
    for (int64_t step = 0; step < steps_; ++step) std::fill_n(Piece(p, step), piece_bytes_, uint8_t{0});
  }
}

PackedPoints PackedPoints::OfBytes(TileKind kind, const Tensor& points, std::span<const int32_t> kept) {
  const auto elements = static_cast<int64_t>(kept.size());
  PackedPoints packed(kind, points.rows(), elements);
  packed.norms_.assign(static_cast<size_t>(packed.padded_), 0);
  packed.sums_.assign(static_cast<size_t>(packed.padded_), 0);
  std::vector<uint8_t> row(static_cast<size_t>(packed.steps_ * packed.piece_bytes_), 0);
  packed.PackAll(points.rows(), [&](int64_t p) {
    const uint8_t* point = points.data<uint8_t>() + p * points.row_size();
    int32_t norm = 0, sum = 0;
    for (size_t i = 0; i < kept.size(); ++i) {
      row[i] = point[kept[i]];
      norm += row[i] * row[i];
      sum += row[i];
    }
    packed.norms_[static_cast<size_t>(p)] = norm;
    packed.sums_[static_cast<size_t>(p)] = sum;
    for (int64_t step = 0; step < packed.steps_; ++step) {
      std::memcpy(packed.Piece(p, step), &row[static_cast<size_t>(step * packed.piece_bytes_)],
                  static_cast<size_t>(packed.piece_bytes_));
    }
  });
  return packed;
}

PackedPoints PackedPoints::OfFloats(TileKind kind, const Tensor& points, std::span<const double> center,
                                    double scale) {
  const int64_t elements = points.row_size();
  PackedPoints packed(kind, points.rows(), elements * 4);
  const double error = RelativeError(elements);
  packed.shrink_ = RoundDown(1 - error);
  // The 1e-6 covers the rounding of this bound itself.
  packed.grow_ = static_cast<float>((kind == TileKind::kFloatsL2 ? 1 : 1 + 3 * error) + 1e-6);
  packed.deflated_.assign(static_cast<size_t>(packed.padded_), 0);
  packed.slacks_.assign(static_cast<size_t>(packed.padded_), 0);
  packed.PackAll(points.rows(), [&](int64_t p) {
    const float* point = points.data<float>() + p * elements;
    double norm = 0;
    for (int64_t i = 0; i < elements; ++i) {
      const auto value = static_cast<float>((double{point[i]} - center[static_cast<size_t>(i)]) * scale);
      norm += double{value} * double{value};
      std::memcpy(packed.Piece(p, i), &value, sizeof value);
    }
    packed.deflated_[static_cast<size_t>(p)] = RoundDown(norm * (1 - error) - kTileUnderflow);
    const double slack = kind == TileKind::kFloatsL2 ? norm * 2.5 * error : 0;
    packed.slacks_[static_cast<size_t>(p)] = static_cast<float>(slack + 3 * kTileUnderflow);
  });
  return packed;
}

TilePoints PackedPoints::Block(int64_t begin, int64_t count) const {
  const auto at = [begin](const auto& terms) { return terms.empty() ? nullptr : terms.data() + begin; };
  return {.cells = cells_.data() + CellsBefore(begin),
          .count = count,
          .norms = at(norms_),
          .sums = at(sums_),
          .deflated = at(deflated_)};
}

void PackedPoints::BeginToRead(int64_t begin, int64_t end) const {
  const size_t first = CellsBefore(begin), last = CellsBefore(std::min(end, padded_));
  hourglass::BeginToRead(cells_, first, last - first);
}

void PackedPoints::LetGo(int64_t begin, int64_t end) const {
  const size_t first = CellsBefore(begin), last = CellsBefore(std::min(end, padded_));
  hourglass::LetGo(cells_, first, last - first);
}

}  // namespace hourglass
