// Distances between two blocks of points in the processor's vector registers: the inner loops of the
// neighbour search. Nothing here validates its arguments.
#pragma once

#include <cstdint>

namespace hourglass {

// The distance and element type that a kernel computes. Points lie in cells of kTileCell bytes
// (packed_points.h). Sums of bytes are exact. Sums of floats are lower bounds whose bits are compared as
// integers (distances are never negative, and non-negative floats sort as their bits do).
enum class TileKind { kBytesL1, kBytesL2, kFloatsL1, kFloatsL2, kFewFloatsL2 };

inline constexpr int64_t kTileCell = 64;   // bytes
inline constexpr int64_t kTileGrain = 64;  // points: blocks begin and end at multiples of this

// The most by which underflow may reduce a sum of floats in [-2, 2].
inline constexpr float kTileUnderflow = 1e-30f;

// The part of a point that one vector lane processes in one step.
inline constexpr int64_t PieceBytes(TileKind kind) {
  return kind == TileKind::kBytesL1 ? 8 : 4;
}

// One block of packed points.
struct TilePoints {
  const uint8_t* cells;   // of the first point, whose index is a multiple of kTileGrain
  int64_t count;          // a multiple of kTileGrain
  const int32_t* norms;   // kBytesL2: Σ x²
  const int32_t* sums;    // kBytesL2: Σ x
  const float* deflated;  // kFloatsL2: Σ x² minus the most that rounding may have added
};

struct Tile {
  TilePoints rows, columns;
  int64_t steps;     // cells per point
  float shrink;      // kFloatsL1, kFewFloatsL2: factor that makes the sum a lower bound
  uint8_t* scratch;  // kTileGrain · steps · 4 bytes, 64-byte aligned, one per thread
  int32_t* out;      // [rows.count][columns.count]
};

// kBytesL1: Σ |x - y|. kBytesL2: Σ (x - y)², as Σx² + Σy² - 2Σxy.
// kFloatsL1: max(0, shrink · Σ |x - y| - kTileUnderflow).
// kFloatsL2: max(0, deflated_x + deflated_y - 2Σxy). kFewFloatsL2: as kFloatsL1, for Σ (x - y)²: twice the
// work, but no digits are lost if points lie close together and far from the others.
void ComputeTile(TileKind kind, const Tile& tile);

// kBytesL2 as processors without 8-bit dot products compute it; for the test that both agree.
void ComputeBytesL2WithoutVnni(const Tile& tile);

// Space that FindWithin needs after the last index, because it writes whole vectors.
inline constexpr int64_t kFindRoom = 16;

// Writes every c < count with keys[c] ≤ limits[c] to `out` in ascending order (room for count + kFindRoom).
// Returns the number written.
int64_t FindWithin(const int32_t* keys, const int32_t* limits, int64_t count, int32_t* out);
// The same with a single limit.
int64_t FindWithin(const int32_t* keys, int32_t limit, int64_t count, int32_t* out);

}  // namespace hourglass
