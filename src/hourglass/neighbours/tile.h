// Distances between two blocks of points in the vector registers of the processor at hand: the inner loops of
// the search for neighbours. Nothing here checks anything.
#pragma once

#include <cstdint>

namespace hourglass {

// What a kernel computes. Points lie in cells of kTileCell bytes (packed_points.h); the sums of bytes are
// exact, those of floats are lower bounds whose bits are compared as integers (no distance is negative, and
// non-negative floats sort as their bits do).
enum class TileKind { kBytesL1, kBytesL2, kFloatsL1, kFloatsL2, kFewFloatsL2 };

inline constexpr int64_t kTileCell = 64;   // bytes
inline constexpr int64_t kTileGrain = 64;  // points: blocks begin and end at multiples of it

// What underflow may take from a sum of floats in [-2, 2] at most.
inline constexpr float kTileUnderflow = 1e-30f;

// The part of a point that one lane of a vector takes in one step.
inline constexpr int64_t PieceBytes(TileKind kind) {
  return kind == TileKind::kBytesL1 ? 8 : 4;
}

// One block of points, as packed.
struct TilePoints {
  const uint8_t* cells;   // of the first point; it is a multiple of kTileGrain
  int64_t count;          // a multiple of kTileGrain
  const int32_t* norms;   // kBytesL2: Σ x²
  const int32_t* sums;    // kBytesL2: Σ x
  const float* deflated;  // kFloatsL2: Σ x² less what rounding may have added
};

struct Tile {
  TilePoints rows, columns;
  int64_t steps;     // cells of a point
  float shrink;      // kFloatsL1, kFewFloatsL2: what the sum is multiplied by to be a lower bound
  uint8_t* scratch;  // kTileGrain · steps · 4 bytes, 64-byte aligned, the thread's own
  int32_t* out;      // [rows.count][columns.count]
};

// kBytesL1: Σ |x - y|. kBytesL2: Σ (x - y)², as Σx² + Σy² - 2Σxy. kFloatsL1:
// max(0, shrink · Σ |x - y| - kTileUnderflow).
// kFloatsL2: max(0, deflated_x + deflated_y - 2Σxy). kFewFloatsL2: as kFloatsL1, of Σ (x - y)²: twice the
// work, but no digits are lost where points lie close together and far from the others.
void ComputeTile(TileKind kind, const Tile& tile);

// kBytesL2 as processors without 8-bit dot products compute it; for the test that both are equal.
void ComputeBytesL2WithoutVnni(const Tile& tile);

// Room that FindWithin needs behind the last index, for whole vectors.
inline constexpr int64_t kFindRoom = 16;

// Writes those c < count, ascending, with keys[c] ≤ limits[c] to `out` (room for count + kFindRoom); returns
// how many.
int64_t FindWithin(const int32_t* keys, const int32_t* limits, int64_t count, int32_t* out);
// The same with one limit for all.
int64_t FindWithin(const int32_t* keys, int32_t limit, int64_t count, int32_t* out);

}  // namespace hourglass
