// How Multiply divides a product, and what its workspace holds.
#pragma once

#include <algorithm>
#include <cstdint>

#include "hourglass/backend/cpu/product.h"
#include "hourglass/backend/cpu/product_panel.h"

namespace hourglass::cpu {

inline constexpr int64_t kTileRows = 8;                      // of a result that are computed at once
inline constexpr int64_t kPanelColumns = kTileVectors * 16;  // likewise, with the widest vectors
inline constexpr int64_t kBand = 64;  // rows that are multiplied with one panel before the next

inline int64_t RoundUp(int64_t count, int64_t grain) {
  return (count + grain - 1) / grain * grain;
}

template <class Number>
inline constexpr bool kPairs = sizeof(Number) == 2;

// Elements along k of a left operand, and of a packed right operand.
template <class Number>
int64_t Elements(int64_t K) {
  return kPairs<Number> ? (K + 1) / 2 : K;
}
template <class Number>
int64_t PackedElements(int64_t K) {
  return kPairs<Number> ? RoundUp(Elements<Number>(K), kBlockGrain) : K;
}

// Rows [k, k + rows) of a packed operand [K, N], in elements: what is packed and multiplied at once.
struct Block {
  int64_t k, rows;
};

inline int64_t BlocksOf(int64_t K) {
  return (K + kBlock - 1) / kBlock;
}
inline Block BlockAt(int64_t K, int64_t index) {
  const int64_t blocks = BlocksOf(K);
  const auto begin = [&](int64_t i) { return i == blocks ? K : K * i / blocks / kBlockGrain * kBlockGrain; };
  return {begin(index), begin(index + 1) - begin(index)};
}
template <class Work>
void ForEachBlock(int64_t K, const Work& work) {
  for (int64_t i = 0; i < BlocksOf(K); ++i) work(BlockAt(K, i));
}

// Columns of so many elements that take at most 512 KB, half of the smallest second-level cache. Threads that
// pack an operand together share it by such groups of columns, so it should have several.
inline int64_t ColumnsAtOnce(int64_t elements) {
  constexpr int64_t kMostElements = 1 << 17, kMostPanels = 7;
  return std::clamp<int64_t>(kMostElements / elements / kPanelColumns, 1, kMostPanels) * kPanelColumns;
}

// What is packed as block `index` of PackedBlocks.
struct PackedPart {
  int64_t column, columns;
  Block block;  // along k
};
template <class Number>
PackedPart PackedPartAt(const RowsProduct<Number>& product, int64_t index) {
  const int64_t K = PackedElements<Number>(product.K), most = ColumnsAtOnce(K), blocks = BlocksOf(K);
  const int64_t column = index / blocks * most;
  return {column, std::min(most, product.N - column), BlockAt(K, index % blocks)};
}

// The parts of a workspace: where each begins, in floats.
struct RowsWorkspace {
  int64_t sums = 0;          // [kBand, kPanelColumns]
  int64_t packed;            // [K, columns]
  int64_t left;              // [kBand, K], for pairs in rows of an odd length
  int64_t columns_of_pairs;  // [columns, kBlock], for pairs
  int64_t size;

  template <class Number>
  explicit RowsWorkspace(const RowsProduct<Number>& product) {
    const int64_t K = PackedElements<Number>(product.K), columns = ColumnsAtOnce(K);
    packed = sums + kBand * kPanelColumns;
    left = packed + K * columns;
    columns_of_pairs = left + (kPairs<Number> && product.K % 2 != 0 ? kBand * K : 0);
    size = columns_of_pairs + (kPairs<Number> && product.order == Order::kColumns ? columns * kBlock : 0);
  }
};

struct ColumnsWorkspace {
  int64_t packed = 0;  // [kBlock, N]
  int64_t left;        // [kBlock, M], for pairs
  int64_t transposed;  // [M, kBlock], for pairs
  int64_t size;

  template <class Number>
  explicit ColumnsWorkspace(const ColumnsProduct<Number>& product) {
    const int64_t M = kPairs<Number> ? RoundUp(product.M, 16) : 0;
    left = packed + kBlock * RoundUp(product.N, 16);
    transposed = left + kBlock * M;
    size = transposed + M * kBlock;
  }
};

}  // namespace hourglass::cpu
