// A panel of packed columns times rows: what the loops of product.cc ask of the tiles of an instruction set.
// An element is a float, or two bf16 that are neighbours along k.
#pragma once

#include <cstdint>
#include <utility>

namespace hourglass::cpu {

inline constexpr int64_t kElementBytes = 4;
inline constexpr int64_t kTileVectors = 3;  // the widest panel
// Elements along k of a block: a panel of 128 × 3 vectors of 64 bytes takes 24 KB, three quarters of the
// smallest first-level cache.
inline constexpr int64_t kBlock = 128;
// Blocks begin at multiples of this. In a packed operand of pairs, zeros follow up to the next multiple.
inline constexpr int64_t kBlockGrain = 16;

// Rows of a matrix that will be needed soon: `bytes` of each, `stride` bytes apart.
struct NextRows {
  const void* first;
  int64_t rows, bytes, stride;
};

// Fetches rows into the second-level cache while others are multiplied: one row per whole tile, a few
// bytes for each k.
class Fetching {
 public:
  explicit Fetching(NextRows first, NextRows then = {}) : now_(first), then_(then) {}

  // The row for the next tile; null if all have been fetched.
  const char* Next() {
    if (now_.rows <= 0) now_ = std::exchange(then_, {});
    if (now_.rows <= 0) return nullptr;
    --now_.rows;
    const char* const row = static_cast<const char*>(now_.first);
    now_.first = row + now_.stride;
    return row;
  }
  // Bytes of this row for each k.
  int64_t step() const { return (now_.bytes + kBlock - 1) / kBlock; }

 private:
  NextRows now_, then_;
};

// c = a panel, or c += a panel.
struct PanelProduct {
  int64_t rows, vectors, K;  // K in elements
  const char* a;  // by rows: element k of row r at a + r·a_stride + k·kElementBytes; by columns: vice versa
  int64_t a_stride;    // bytes
  const float* panel;  // [K, vectors]
  bool add;
  float* c;
  int64_t c_stride;  // floats
};

// With the tiles of AMX; by rows. The panel must be one of pairs.
void MultiplyPanelAmx(const PanelProduct& product);
// Whether the processor has AMX with bf16, and the system lets this process use it.
bool HasAmx();

}  // namespace hourglass::cpu
