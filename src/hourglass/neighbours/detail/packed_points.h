// Points in the memory layout that the kernels of tile.h read.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/core/large_vector.h"
#include "hourglass/core/tensor.h"
#include "hourglass/neighbours/detail/tile.h"

namespace hourglass {

// Points in cells of 64 bytes: a cell holds one piece (PieceBytes) of each of 8 or 16 consecutive points, and
// the next cell holds the next piece of the same points. So each vector lane belongs to one point, and its
// sum is complete without shuffling. Points are padded with zeros to a multiple of kTileGrain.
class PackedPoints {
 public:
  // Packs the elements `kept` of each point; points u8 [n, …].
  static PackedPoints OfBytes(TileKind kind, const Tensor& points, std::span<const int32_t> kept);
  // Packs (x - center) · scale; points f32 [n, …]. `scale`, a power of two, must bring all values into [-1,
  // 1], so that nothing overflows and total underflow is below 1e-30. center has one number per element.
  static PackedPoints OfFloats(TileKind kind, const Tensor& points, std::span<const double> center,
                               double scale);

  static int64_t Bytes(TileKind kind, int64_t n, int64_t elements);

  int64_t padded() const { return padded_; }
  int64_t steps() const { return steps_; }
  float shrink() const { return shrink_; }
  // Floats: a sum is at most (key + slack(x) + slack(y)) · grow(), including rounding.
  float slack(int64_t point) const { return slacks_[static_cast<size_t>(point)]; }
  float grow() const { return grow_; }
  // Points [begin, begin + count), both multiples of kTileGrain.
  TilePoints Block(int64_t begin, int64_t count) const;
  // If the points lie on disk: the system begins to read these (up to padded()), or frees their memory.
  void BeginToRead(int64_t begin, int64_t end) const;
  void LetGo(int64_t begin, int64_t end) const;

 private:
  PackedPoints(TileKind kind, int64_t n, int64_t bytes);
  uint8_t* Piece(int64_t point, int64_t piece);
  size_t CellsBefore(int64_t point) const;  // in bytes
  // Calls pack(point) for all points in order.
  template <class Pack>
  void PackAll(int64_t n, const Pack& pack);

  int64_t piece_bytes_;
  int64_t per_cell_;  // points
  int64_t padded_;    // points
  int64_t steps_;     // cells in sequence for the same points
  float shrink_ = 1;
  float grow_ = 1;
  LargeVector<uint8_t> cells_;            // u8 [padded / per_cell, steps, 64]
  std::vector<int32_t> norms_, sums_;     // [padded]
  std::vector<float> deflated_, slacks_;  // [padded]
};

}  // namespace hourglass
