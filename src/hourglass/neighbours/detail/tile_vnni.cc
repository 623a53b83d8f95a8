#include "hourglass/neighbours/detail/tile_vnni.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define HOURGLASS_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

namespace hourglass {
namespace {

constexpr int64_t kPerCell = kTileCell / 4;  // points
constexpr int64_t kVnniRows = 4, kVnniVectors = 4;
static_assert(kVnniVectors * kPerCell == kTileGrain);

// The instruction multiplies unsigned by signed bytes, so columns are taken as y - 128:
// Σ xy = Σ x(y - 128) + 128 Σ x.
HOURGLASS_VNNI void MakeSigned(const uint8_t* cells, int64_t bytes, uint8_t* out) {
  const __m512i half = _mm512_set1_epi8(static_cast<char>(0x80));
  for (int64_t i = 0; i < bytes; i += kTileCell) {
    _mm512_store_si512(out + i, _mm512_xor_si512(_mm512_load_si512(cells + i), half));
  }
}

// Adds the products of four unsigned and four signed bytes to each lane of sum. Not _mm512_dpbusd_epi32, for
// which GCC 12 copies each sum twice per step.
HOURGLASS_VNNI inline __attribute__((always_inline)) __m512i AddProducts(__m512i sum, __m512i x, __m512i y) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(y));
  return sum;
}

// kVnniRows rows by the kTileGrain columns of `y`, which holds signed bytes.
HOURGLASS_VNNI void MicroTile(const Tile& tile, int64_t row, const uint8_t* y, int64_t column) {
  const int64_t group = tile.steps * kTileCell;
  const uint8_t* x = tile.rows.cells + row / kPerCell * group + row % kPerCell * 4;
  __m512i sums[kVnniRows][kVnniVectors];
  for (int64_t r = 0; r < kVnniRows; ++r) {
    for (int64_t v = 0; v < kVnniVectors; ++v) sums[r][v] = _mm512_set1_epi32(128 * tile.rows.sums[row + r]);
  }
  for (int64_t step = 0; step < tile.steps; ++step) {
    const int64_t at = step * kTileCell;
    __m512i columns[kVnniVectors];
    for (int64_t v = 0; v < kVnniVectors; ++v) columns[v] = _mm512_load_si512(y + v * group + at);
    for (int64_t r = 0; r < kVnniRows; ++r) {
      int32_t piece;
      __builtin_memcpy(&piece, x + at + 4 * r, 4);
      const __m512i broadcast = _mm512_set1_epi32(piece);
      for (int64_t v = 0; v < kVnniVectors; ++v) {
        sums[r][v] = AddProducts(sums[r][v], broadcast, columns[v]);
      }
    }
  }
  for (int64_t r = 0; r < kVnniRows; ++r) {
    const __m512i norm = _mm512_set1_epi32(tile.rows.norms[row + r]);
    for (int64_t v = 0; v < kVnniVectors; ++v) {
      const int64_t first = column + v * kPerCell;
      const __m512i norms = _mm512_add_epi32(norm, _mm512_loadu_si512(tile.columns.norms + first));
      _mm512_storeu_si512(tile.out + (row + r) * tile.columns.count + first,
                          _mm512_sub_epi32(norms, _mm512_add_epi32(sums[r][v], sums[r][v])));
    }
  }
}

}  // namespace

bool HasVnni() {
  return __builtin_cpu_supports("avx512vnni") != 0;
}

void TileBytesL2Vnni(const Tile& tile) {
  const int64_t bytes = kTileGrain * tile.steps * 4;
  for (int64_t column = 0; column < tile.columns.count; column += kTileGrain) {
    MakeSigned(tile.columns.cells + column * tile.steps * 4, bytes, tile.scratch);
    for (int64_t row = 0; row < tile.rows.count; row += kVnniRows) MicroTile(tile, row, tile.scratch, column);
  }
}

}  // namespace hourglass

#else

namespace hourglass {
bool HasVnni() {
  return false;
}
void TileBytesL2Vnni(const Tile& tile) {
  ComputeBytesL2WithoutVnni(tile);
}
}  // namespace hourglass

#endif
