// The tiles of AMX: a product of pairs of bf16 [16 rows, 16 pairs] with [16 pairs, 16 columns].
#include <algorithm>
#include <cstring>

#include "hourglass/backend/cpu/product_panel.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HOURGLASS_AMX __attribute__((target("amx-tile,amx-bf16,avx512f")))

namespace hourglass::cpu {
namespace {

constexpr int64_t kSide = 16;      // rows, pairs and columns of a tile
constexpr int64_t kRowBytes = 64;  // of a tile

// What LDTILECFG reads. Tiles 0 to 2 are sums, 3 the left operand: `rows` rows; 4 to 6 the right operands.
struct alignas(64) TileShapes {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};

  explicit TileShapes(int64_t left_rows) {
    for (int tile = 0; tile < 7; ++tile) {
      row_bytes[tile] = kRowBytes;
      rows[tile] = static_cast<uint8_t>(tile < 4 ? left_rows : kSide);
    }
  }
};

// The left operand of the last pairs of a row, with zeros behind them.
struct alignas(64) LastPairs {
  char bytes[kSide][kRowBytes] = {};

  LastPairs(const PanelProduct& product, const char* a, int64_t rows) {
    const int64_t whole = product.K / kSide * kSide, pairs = product.K - whole;
    for (int64_t r = 0; pairs > 0 && r < rows; ++r) {
      std::memcpy(bytes[r], a + r * product.a_stride + whole * kElementBytes,
                  static_cast<size_t>(pairs * kElementBytes));
    }
  }
};

// The sums of up to 16 rows with a panel of kVectors vectors.
template <int kVectors>
HOURGLASS_AMX void MultiplyTiles(const PanelProduct& product, const char* a, int64_t rows, float* c) {
  const LastPairs last(product, a, rows);
  const int64_t panel_stride = kVectors * kRowBytes, c_stride = product.c_stride * 4;
  if (product.add) {
    _tile_loadd(0, c, c_stride);
    if constexpr (kVectors > 1) _tile_loadd(1, c + kSide, c_stride);
    if constexpr (kVectors > 2) _tile_loadd(2, c + 2 * kSide, c_stride);
  } else {
    _tile_zero(0);
    if constexpr (kVectors > 1) _tile_zero(1);
    if constexpr (kVectors > 2) _tile_zero(2);
  }
  const char* panel = reinterpret_cast<const char*>(product.panel);
  for (int64_t k = 0; k < product.K; k += kSide, panel += kSide * panel_stride) {
    if (k + kSide <= product.K) {
      _tile_loadd(3, a + k * kElementBytes, product.a_stride);
    } else {
      _tile_loadd(3, last.bytes, kRowBytes);
    }
    _tile_loadd(4, panel, panel_stride);
    _tile_dpbf16ps(0, 3, 4);
    if constexpr (kVectors > 1) {
      _tile_loadd(5, panel + kRowBytes, panel_stride);
      _tile_dpbf16ps(1, 3, 5);
    }
    if constexpr (kVectors > 2) {
      _tile_loadd(6, panel + 2 * kRowBytes, panel_stride);
      _tile_dpbf16ps(2, 3, 6);
    }
  }
  _tile_stored(0, c, c_stride);
  if constexpr (kVectors > 1) _tile_stored(1, c + kSide, c_stride);
  if constexpr (kVectors > 2) _tile_stored(2, c + 2 * kSide, c_stride);
}

HOURGLASS_AMX void SetShapes(const TileShapes& shapes) {
  asm volatile("ldtilecfg %0" : : "m"(shapes));  // GCC 12's _tile_loadconfig declares to read only 8 bytes
}

HOURGLASS_AMX void ReleaseTiles() {
  _tile_release();
}

}  // namespace

bool HasAmx() {
  constexpr int kRequestPermission = 0x1023, kTileData = 18;  // arch_prctl(ARCH_REQ_XCOMP_PERM, XTILEDATA)
  constexpr unsigned kAmxBf16 = 1 << 22, kAmxTile = 1 << 24;
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0) return false;
  if ((edx & kAmxBf16) == 0 || (edx & kAmxTile) == 0) return false;
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

void MultiplyPanelAmx(const PanelProduct& product) {
  const auto multiply = product.vectors == 3   ? MultiplyTiles<3>
                        : product.vectors == 2 ? MultiplyTiles<2>
                                               : MultiplyTiles<1>;
  for (int64_t r = 0; r < product.rows; r += kSide) {
    const int64_t rows = std::min(kSide, product.rows - r);
    if (r == 0 || rows < kSide) SetShapes(TileShapes(rows));
    multiply(product, product.a + r * product.a_stride, rows, product.c + r * product.c_stride);
  }
  ReleaseTiles();
}

}  // namespace hourglass::cpu

#else

namespace hourglass::cpu {

bool HasAmx() {
  return false;
}
void MultiplyPanelAmx(const PanelProduct&) {}

}  // namespace hourglass::cpu

#endif
