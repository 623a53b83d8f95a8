#include "hourglass/neighbours/detail/tile.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/neighbours/detail/tile.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "hourglass/neighbours/detail/tile_vnni.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
T LoadPiece(const uint8_t* from) {
  T piece;
  std::memcpy(&piece, from, sizeof piece);
  return piece;
}

#if HWY_TARGET == HWY_SCALAR  // no vectors: plain loops for the compiler to vectorise

struct BytesL1 {
  using Piece = uint8_t;
  using Sum = int32_t;
  static Sum Add(Sum sum, Piece x, Piece y) { return sum + (x > y ? x - y : y - x); }
  static int32_t Key(const Tile&, Sum sum, int64_t, int64_t) { return sum; }
};

struct BytesL2 {
  using Piece = uint8_t;
  using Sum = int32_t;
  static Sum Add(Sum sum, Piece x, Piece y) { return sum + x * y; }
  static int32_t Key(const Tile& tile, Sum sum, int64_t row, int64_t column) {
    return tile.rows.norms[row] + tile.columns.norms[column] - 2 * sum;
  }
};

struct FloatsL1 {
  using Piece = float;
  using Sum = float;
  static Sum Add(Sum sum, Piece x, Piece y) { return sum + std::abs(x - y); }
  static int32_t Key(const Tile& tile, Sum sum, int64_t, int64_t) {
    return std::bit_cast<int32_t>(std::max(0.0f, sum * tile.shrink - kTileUnderflow));
  }
};

struct FewFloatsL2 : FloatsL1 {
  static Sum Add(Sum sum, Piece x, Piece y) { return sum + (x - y) * (x - y); }
};

struct FloatsL2 {
  using Piece = float;
  using Sum = float;
  static Sum Add(Sum sum, Piece x, Piece y) { return sum + x * y; }
  static int32_t Key(const Tile& tile, Sum sum, int64_t row, int64_t column) {
    const float norms = tile.rows.deflated[row] + tile.columns.deflated[column];
    return std::bit_cast<int32_t>(std::max(0.0f, norms - (sum + sum)));
  }
};

// Compares kPerCell columns at once with each row.
template <class Kind, int64_t kPerCell>
void AllMicroTiles(const Tile& tile) {
  using Piece = typename Kind::Piece;
  constexpr int64_t kPieceBytes = kTileCell / kPerCell;
  constexpr auto kElements = kPieceBytes / static_cast<int64_t>(sizeof(Piece));
  const int64_t group = tile.steps * kTileCell;
  for (int64_t row = 0; row < tile.rows.count; ++row) {
    const uint8_t* x = tile.rows.cells + row / kPerCell * group + row % kPerCell * kPieceBytes;
    for (int64_t column = 0; column < tile.columns.count; column += kPerCell) {
      const uint8_t* y = tile.columns.cells + column / kPerCell * group;
      typename Kind::Sum sums[kPerCell] = {};
      for (int64_t at = 0; at < group; at += kTileCell) {
        for (int64_t c = 0; c < kPerCell; ++c) {
          for (int64_t i = 0; i < kElements; ++i) {
            const auto offset = static_cast<int64_t>(sizeof(Piece)) * i;
            sums[c] = Kind::Add(sums[c], LoadPiece<Piece>(x + at + offset),
                                LoadPiece<Piece>(y + at + c * kPieceBytes + offset));
          }
        }
      }
      int32_t* out = tile.out + row * tile.columns.count + column;
      for (int64_t c = 0; c < kPerCell; ++c) out[c] = Kind::Key(tile, sums[c], row, column + c);
    }
  }
}

template <class Limits>
int64_t FindWithinLimits(const int32_t* keys, const Limits& limits, int64_t count, int32_t* out) {
  int64_t found = 0;
  for (int64_t c = 0; c < count; ++c) {
    if (keys[c] <= limits.one(c)) out[found++] = static_cast<int32_t>(c);
  }
  return found;
}

#else

using U8 = hn::ScalableTag<uint8_t>;
using U16 = hn::ScalableTag<uint16_t>;
using I16 = hn::ScalableTag<int16_t>;
using U32 = hn::ScalableTag<uint32_t>;
using I32 = hn::ScalableTag<int32_t>;
using U64 = hn::ScalableTag<uint64_t>;
using F32 = hn::ScalableTag<float>;
using VU8 = hn::Vec<U8>;
using VI32 = hn::Vec<I32>;
using VU64 = hn::Vec<U64>;
using VF32 = hn::Vec<F32>;

constexpr int64_t kVectorBytes = HWY_LANES(uint8_t);
// Sums in registers at once: with 32 registers, 16 sums, 4 vectors of columns and a row; with 16, half.
constexpr int64_t kRows = HWY_CAP_GE512 ? 4 : 2;
constexpr int64_t kVectors = 4;

// Σ |x - y| of 8 bytes in each 64-bit lane.
HWY_INLINE VU64 SumOfDifferences(VU8 x, VU8 y) {
#if HWY_TARGET == HWY_AVX3
  return VU64{_mm512_sad_epu8(x.raw, y.raw)};
#elif HWY_TARGET == HWY_AVX2
  return VU64{_mm256_sad_epu8(x.raw, y.raw)};
#elif HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_SSSE3
  return VU64{_mm_sad_epu8(x.raw, y.raw)};
#else
  return hn::SumsOf8(hn::Or(hn::SaturatedSub(x, y), hn::SaturatedSub(y, x)));
#endif
}

// Σ xy of 4 bytes in each 32-bit lane.
HWY_INLINE VI32 SumOfProducts(VU8 x, VU8 y) {
  const U16 d16;
  const auto low = hn::Set(d16, 0x00FF);
  const auto xe = hn::And(hn::BitCast(d16, x), low), xo = hn::ShiftRight<8>(hn::BitCast(d16, x));
  const auto ye = hn::And(hn::BitCast(d16, y), low), yo = hn::ShiftRight<8>(hn::BitCast(d16, y));
  const I32 d32;
#if HWY_ARCH_X86  // ReorderWidenMulAccumulate adds the products of adjacent lanes here
  const I16 di16;
  VI32 unused = hn::Zero(d32);
  const VI32 even =
      hn::ReorderWidenMulAccumulate(d32, hn::BitCast(di16, xe), hn::BitCast(di16, ye), hn::Zero(d32), unused);
  return hn::ReorderWidenMulAccumulate(d32, hn::BitCast(di16, xo), hn::BitCast(di16, yo), even, unused);
#else
  const U32 du32;
  const auto even = hn::BitCast(du32, hn::Mul(xe, ye)), odd = hn::BitCast(du32, hn::Mul(xo, yo));
  const auto half = hn::Set(du32, 0xFFFF);
  const auto sum = hn::Add(hn::Add(hn::And(even, half), hn::ShiftRight<16>(even)),
                           hn::Add(hn::And(odd, half), hn::ShiftRight<16>(odd)));
  return hn::BitCast(d32, sum);
#endif
}

struct BytesL1 {
  using Sum = VU64;
  using Piece = uint64_t;
  static HWY_INLINE Sum Zero() { return hn::Zero(U64()); }
  static HWY_INLINE Sum Add(Sum sum, Piece x, VU8 y) {
    return hn::Add(sum, SumOfDifferences(hn::BitCast(U8(), hn::Set(U64(), x)), y));
  }
  static HWY_INLINE void Store(const Tile&, Sum sum, int64_t, int64_t, int32_t* out) {
    HWY_ALIGN uint64_t lanes[HWY_LANES(uint64_t)];
    hn::Store(sum, U64(), lanes);
    for (size_t i = 0; i < HWY_LANES(uint64_t); ++i) out[i] = static_cast<int32_t>(lanes[i]);
  }
};

struct BytesL2 {
  using Sum = VI32;
  using Piece = uint32_t;
  static HWY_INLINE Sum Zero() { return hn::Zero(I32()); }
  static HWY_INLINE Sum Add(Sum sum, Piece x, VU8 y) {
    return hn::Add(sum, SumOfProducts(hn::BitCast(U8(), hn::Set(U32(), x)), y));
  }
  static HWY_INLINE void Store(const Tile& tile, Sum sum, int64_t row, int64_t column, int32_t* out) {
    const I32 d;
    const VI32 norms = hn::Add(hn::Set(d, tile.rows.norms[row]), hn::LoadU(d, tile.columns.norms + column));
    hn::StoreU(hn::Sub(norms, hn::Add(sum, sum)), d, out);
  }
};

struct FloatsL1 {
  using Sum = VF32;
  using Piece = float;
  static HWY_INLINE Sum Zero() { return hn::Zero(F32()); }
  static HWY_INLINE Sum Add(Sum sum, Piece x, VU8 y) {
    return hn::Add(sum, hn::Abs(hn::Sub(hn::Set(F32(), x), hn::BitCast(F32(), y))));
  }
  static HWY_INLINE void Store(const Tile& tile, Sum sum, int64_t, int64_t, int32_t* out) {
    const F32 d;
    const VF32 bound = hn::Sub(hn::Mul(sum, hn::Set(d, tile.shrink)), hn::Set(d, kTileUnderflow));
    hn::StoreU(hn::BitCast(I32(), hn::Max(hn::Zero(d), bound)), I32(), out);
  }
};

struct FewFloatsL2 : FloatsL1 {
  static HWY_INLINE Sum Add(Sum sum, Piece x, VU8 y) {
    const VF32 difference = hn::Sub(hn::Set(F32(), x), hn::BitCast(F32(), y));
    return hn::MulAdd(difference, difference, sum);
  }
};

struct FloatsL2 {
  using Sum = VF32;
  using Piece = float;
  static HWY_INLINE Sum Zero() { return hn::Zero(F32()); }
  static HWY_INLINE Sum Add(Sum sum, Piece x, VU8 y) {
    return hn::MulAdd(hn::Set(F32(), x), hn::BitCast(F32(), y), sum);
  }
  static HWY_INLINE void Store(const Tile& tile, Sum sum, int64_t row, int64_t column, int32_t* out) {
    const F32 d;
    const VF32 norms =
        hn::Add(hn::Set(d, tile.rows.deflated[row]), hn::LoadU(d, tile.columns.deflated + column));
    const VF32 bound = hn::Max(hn::Zero(d), hn::Sub(norms, hn::Add(sum, sum)));
    hn::StoreU(hn::BitCast(I32(), bound), I32(), out);
  }
};

// kRows rows by kVectors vectors of columns; the sums stay in registers over all steps.
template <class Kind, int64_t kPerCell>
HWY_INLINE void MicroTile(const Tile& tile, int64_t row, int64_t column) {
  constexpr int64_t kPiece = kTileCell / kPerCell, kPerVector = kVectorBytes / kPiece;
  const int64_t group = tile.steps * kTileCell;  // bytes of the kPerCell points of a cell
  const uint8_t* x = tile.rows.cells + row / kPerCell * group + row % kPerCell * kPiece;
  const uint8_t* y[kVectors];
  for (int64_t v = 0; v < kVectors; ++v) {
    const int64_t first = column + v * kPerVector;
    y[v] = tile.columns.cells + first / kPerCell * group + first % kPerCell * kPiece;
  }
  typename Kind::Sum sums[kRows][kVectors];
  for (int64_t r = 0; r < kRows; ++r) {
    for (int64_t v = 0; v < kVectors; ++v) sums[r][v] = Kind::Zero();
  }
  for (int64_t step = 0; step < tile.steps; ++step) {
    const int64_t at = step * kTileCell;
    const VU8 y0 = hn::Load(U8(), y[0] + at), y1 = hn::Load(U8(), y[1] + at);
    const VU8 y2 = hn::Load(U8(), y[2] + at), y3 = hn::Load(U8(), y[3] + at);
    for (int64_t r = 0; r < kRows; ++r) {
      const auto piece = LoadPiece<typename Kind::Piece>(x + at + r * kPiece);
      sums[r][0] = Kind::Add(sums[r][0], piece, y0);
      sums[r][1] = Kind::Add(sums[r][1], piece, y1);
      sums[r][2] = Kind::Add(sums[r][2], piece, y2);
      sums[r][3] = Kind::Add(sums[r][3], piece, y3);
    }
  }
  for (int64_t r = 0; r < kRows; ++r) {
    for (int64_t v = 0; v < kVectors; ++v) {
      const int64_t first = column + v * kPerVector;
      Kind::Store(tile, sums[r][v], row + r, first, tile.out + (row + r) * tile.columns.count + first);
    }
  }
}

// The columns of a micro tile stay in the L1 cache while all rows are processed.
template <class Kind, int64_t kPerCell>
void AllMicroTiles(const Tile& tile) {
  constexpr int64_t kColumns = kVectors * kVectorBytes * kPerCell / kTileCell;
  for (int64_t column = 0; column < tile.columns.count; column += kColumns) {
    for (int64_t row = 0; row < tile.rows.count; row += kRows) MicroTile<Kind, kPerCell>(tile, row, column);
  }
}

template <class Limits>
int64_t FindWithinLimits(const int32_t* keys, const Limits& limits, int64_t count, int32_t* out) {
  const I32 d;
  constexpr int64_t kLanes = HWY_LANES(int32_t);
  const auto step = hn::Set(d, static_cast<int32_t>(kLanes));
  auto columns = hn::Iota(d, 0);
  int64_t found = 0;
  int64_t c = 0;
  for (; c + kLanes <= count; c += kLanes) {
    const auto within = hn::Not(hn::Gt(hn::LoadU(d, keys + c), limits.vector(c)));
    hn::StoreU(hn::Compress(columns, within), d, out + found);
    found += static_cast<int64_t>(hn::CountTrue(d, within));
    columns = hn::Add(columns, step);
  }
  for (; c < count; ++c) {
    if (keys[c] <= limits.one(c)) out[found++] = static_cast<int32_t>(c);
  }
  return found;
}

#endif  // HWY_SCALAR

void TileBytesL1(const Tile& tile) {
  AllMicroTiles<BytesL1, 8>(tile);
}
void TileBytesL2Plain(const Tile& tile) {
  AllMicroTiles<BytesL2, 16>(tile);
}
void TileBytesL2(const Tile& tile) {
#if HWY_TARGET == HWY_AVX3
  if (HasVnni()) return TileBytesL2Vnni(tile);
#endif
  TileBytesL2Plain(tile);
}
void TileFloatsL1(const Tile& tile) {
  AllMicroTiles<FloatsL1, 16>(tile);
}
void TileFloatsL2(const Tile& tile) {
  AllMicroTiles<FloatsL2, 16>(tile);
}
void TileFewFloatsL2(const Tile& tile) {
  AllMicroTiles<FewFloatsL2, 16>(tile);
}

int64_t FindWithinEach(const int32_t* keys, const int32_t* limits, int64_t count, int32_t* out) {
  struct Each {
    const int32_t* limits;
    auto vector(int64_t c) const { return hn::LoadU(hn::ScalableTag<int32_t>(), limits + c); }
    int32_t one(int64_t c) const { return limits[c]; }
  };
  return FindWithinLimits(keys, Each{limits}, count, out);
}

int64_t FindWithinOne(const int32_t* keys, int32_t limit, int64_t count, int32_t* out) {
  struct One {
    int32_t limit;
    auto vector(int64_t) const { return hn::Set(hn::ScalableTag<int32_t>(), limit); }
    int32_t one(int64_t) const { return limit; }
  };
  return FindWithinLimits(keys, One{limit}, count, out);
}

}  // namespace hourglass::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass {

HWY_EXPORT(TileBytesL1);
HWY_EXPORT(TileBytesL2);
HWY_EXPORT(TileBytesL2Plain);
HWY_EXPORT(TileFloatsL1);
HWY_EXPORT(TileFloatsL2);
HWY_EXPORT(TileFewFloatsL2);
HWY_EXPORT(FindWithinEach);
HWY_EXPORT(FindWithinOne);

void ComputeTile(TileKind kind, const Tile& tile) {
  switch (kind) {
    case TileKind::kBytesL1:
      return HWY_DYNAMIC_DISPATCH(TileBytesL1)(tile);
    case TileKind::kBytesL2:
      return HWY_DYNAMIC_DISPATCH(TileBytesL2)(tile);
    case TileKind::kFloatsL1:
      return HWY_DYNAMIC_DISPATCH(TileFloatsL1)(tile);
    case TileKind::kFloatsL2:
      return HWY_DYNAMIC_DISPATCH(TileFloatsL2)(tile);
    case TileKind::kFewFloatsL2:
      return HWY_DYNAMIC_DISPATCH(TileFewFloatsL2)(tile);
  }
}

void ComputeBytesL2WithoutVnni(const Tile& tile) {
  HWY_DYNAMIC_DISPATCH(TileBytesL2Plain)(tile);
}

int64_t FindWithin(const int32_t* keys, const int32_t* limits, int64_t count, int32_t* out) {
  return HWY_DYNAMIC_DISPATCH(FindWithinEach)(keys, limits, count, out);
}
int64_t FindWithin(const int32_t* keys, int32_t limit, int64_t count, int32_t* out) {
  return HWY_DYNAMIC_DISPATCH(FindWithinOne)(keys, limit, count, out);
}

}  // namespace hourglass
#endif  // HWY_ONCE
