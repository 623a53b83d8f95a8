// Packs the right operand of a product, in the order in which tiles read it: blocks along k; within a block,
// panels of the vectors of one tile; within a panel, row after row. Per-target include guard.
#if defined(HOURGLASS_BACKEND_CPU_PRODUCT_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HOURGLASS_BACKEND_CPU_PRODUCT_PACK_INL_H_
#undef HOURGLASS_BACKEND_CPU_PRODUCT_PACK_INL_H_
#else
#define HOURGLASS_BACKEND_CPU_PRODUCT_PACK_INL_H_
#endif

#include <algorithm>
#include <cstring>

#include "hourglass/backend/cpu/product_tile-inl.h"
#include "hourglass/backend/cpu/product_workspace.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

// The columns of a few vectors.
struct Panel {
  int64_t column, vectors;
};

template <class Work>
HWY_INLINE void ForEachPanel(int64_t N, const Work& work) {
  const int64_t lanes = LaneCount(), vectors = (N + lanes - 1) / lanes;
  for (int64_t v = 0, width = 0; v < vectors; v += width) {
    const int64_t left = vectors - v;
    width = left == 4 ? 2 : std::min(left, kTileVectors);  // 2 + 2 is faster than 3 + 1
    work(Panel{v * lanes, width});
  }
}

// Where the block and its panel lie in the packed operand.
HWY_INLINE int64_t OffsetOf(const Block& block, const Panel& panel, int64_t N) {
  const int64_t lanes = LaneCount(), columns = (N + lanes - 1) / lanes * lanes;
  return block.k * columns + block.rows * panel.column;
}

// The first `count` numbers, then zeros.
template <class Number>
HWY_INLINE V16 LoadPart(const Number* from, int64_t count) {
  if (count >= LaneCount()) return LoadFloats(from);
  Number part[kMostLanes] = {};
  std::copy_n(from, std::max<int64_t>(count, 0), part);
  return LoadFloats(part);
}

// The bf16 of each lane, in the lower half: rounded, if the numbers are f32.
HWY_INLINE hn::Vec<hn::RebindToUnsigned<Lanes16>> HalvesOf(const float*, V16 values) {
  return RoundedUpperHalves(Lanes16(), values);
}
HWY_INLINE hn::Vec<hn::RebindToUnsigned<Lanes16>> HalvesOf(const BFloat16*, V16 values) {
  return hn::ShiftRight<16>(hn::BitCast(hn::RebindToUnsigned<Lanes16>(), values));
}

// The elements of a matrix that is given by its rows: floats.
struct FloatRows {
  const float* numbers;
  int64_t stride;

  V16 Load(int64_t k, int64_t column, int64_t count) const {
    return LoadPart(numbers + k * stride + column, count);
  }
};

// Pairs of the numbers of two rows; zeros from row K on.
template <class Number>
struct PairRows {
  const Number* numbers;
  int64_t stride, K;

  V16 Load(int64_t k, int64_t column, int64_t count) const {
    if (2 * k >= K) return hn::Zero(Lanes16());
    const Number* from = numbers + 2 * k * stride + column;
    auto pairs = HalvesOf(from, LoadPart(from, count));
    if (2 * k + 1 < K) {
      pairs = hn::Or(pairs, hn::ShiftLeft<16>(HalvesOf(from, LoadPart(from + stride, count))));
    }
    return hn::BitCast(Lanes16(), pairs);
  }
};

// Packs a block of `rows` [K, N], FloatRows or PairRows.
template <class Rows>
void PackRows(const Rows& rows, const Block& block, int64_t N, float* HWY_RESTRICT packed) {
  const int64_t lanes = LaneCount();
  ForEachPanel(N, [&](const Panel& panel) {
    float* to = packed + OffsetOf(block, panel, N);
    for (int64_t k = block.k; k < block.k + block.rows; ++k) {
      for (int64_t v = 0; v < panel.vectors; ++v, to += lanes) {
        const int64_t column = panel.column + v * lanes;
        hn::Store(rows.Load(k, column, N - column), Lanes16(), to);
      }
    }
  });
}

// Packs a block of [K, N] from its columns, of which those parts that lie in the block begin at `columns`,
// `stride` elements apart.
inline void PackColumns(const float* columns, int64_t stride, const Block& block, int64_t N, float* packed) {
  const int64_t lanes = LaneCount();
  ForEachPanel(N, [&](const Panel& panel) {
    for (int64_t v = 0; v < panel.vectors; ++v) {
      const int64_t column = panel.column + v * lanes;
      TransposeRows(columns + column * stride, stride, N - column, block.rows,
                    packed + OffsetOf(block, panel, N) + v * lanes, panel.vectors * lanes);
    }
  });
}

// Writes one row of `count` numbers as K pairs, zeros behind them.
template <class Number>
void PairUp(const Number* numbers, int64_t count, int64_t K, float* pairs) {
  const hn::Rebind<uint16_t, Lanes16> d16;
  auto* const halves = reinterpret_cast<unsigned char*>(pairs);
  const int64_t lanes = LaneCount();
  HWY_ALIGN uint16_t part[kMostLanes];
  int64_t i = 0;
  for (; i + lanes <= std::min(count, 2 * K); i += lanes) {
    hn::Store(hn::TruncateTo(d16, HalvesOf(numbers, LoadFloats(numbers + i))), d16, part);
    std::memcpy(halves + 2 * i, part, sizeof(uint16_t) * hn::Lanes(d16));  // one store, as this is constant
  }
  for (; i < 2 * K; i += lanes) {
    const auto bits = HalvesOf(numbers, LoadPart(numbers + i, count - i));
    hn::Store(hn::TruncateTo(d16, bits), d16, part);
    std::memcpy(halves + 2 * i, part, static_cast<size_t>(2 * std::min(lanes, 2 * K - i)));
  }
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HOURGLASS_BACKEND_CPU_PRODUCT_PACK_INL_H_
