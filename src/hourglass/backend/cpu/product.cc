// So much of the right operand is packed at once as stays in the second-level cache. A panel of a block stays
// in the first-level cache while it is multiplied with all rows of a band, and so do their sums, until all
// blocks of the panel are done. Left operands are read in place, and fetched into the second-level cache one
// band ahead. The lines of a panel's results are fetched while its sums are computed.
#include "hourglass/backend/cpu/product.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/product.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <utility>

#include "hourglass/backend/cpu/activate-inl.h"
#include "hourglass/backend/cpu/product_pack-inl.h"
#include "hourglass/backend/cpu/product_tile-inl.h"
#include "hourglass/backend/cpu/product_workspace.h"
#include "hourglass/backend/cpu/with_activation.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

// Pairs by AMX, whose tiles read rows only.
struct AmxPairs {
  using Number = BFloat16;
};
template <class Arithmetic>
constexpr bool kAmx = std::is_same_v<Arithmetic, AmxPairs>;

template <class Arithmetic, bool kByColumns>
void MultiplyAnyPanel(const PanelProduct& product, Fetching& fetching) {
  if constexpr (kAmx<Arithmetic>) {
    MultiplyPanelAmx(product);
  } else {
    MultiplyPanel<Arithmetic, kByColumns>(product, fetching);
  }
}

// y = activation(sums + bias): `rows` rows of a panel, of which y has `columns` columns.
template <Activation kActivation, class Y>
void FinishPanel(const float* HWY_RESTRICT sums, int64_t rows, int64_t columns, const float* bias,
                 Y* HWY_RESTRICT y, int64_t y_stride) {
  const Lanes16 d;
  const int64_t lanes = LaneCount(), vectors = (columns + lanes - 1) / lanes;
  V16 shift[kTileVectors];
  for (int64_t v = 0; v < vectors; ++v)
    shift[v] = bias == nullptr ? hn::Zero(d) : LoadPart(bias + v * lanes, columns - v * lanes);
  for (int64_t r = 0; r < rows; ++r, y += y_stride) {
    for (int64_t v = 0; v < vectors; ++v, sums += lanes) {
      const V16 value = Activate(d, kActivation, hn::Add(hn::Load(d, sums), shift[v]));
      const int64_t n = v * lanes;
      if (n + lanes <= columns) {
        StoreFloats(value, y + n);
      } else {
        Y part[kMostLanes];
        StoreFloats(value, part);
        std::copy_n(part, columns - n, y + n);
      }
    }
  }
}

// The same at y[row][column].
template <class Number>
void FinishPanel(const RowsProduct<Number>& product, int64_t row, int64_t rows, int64_t column,
                 int64_t columns, const float* sums) {
  const auto finish = [&]<class Y>(Y* y) {
    const float* bias = product.bias != nullptr ? product.bias + column : nullptr;
    y += row * product.y_stride + column;
    WithActivation(product.activation, [&]<Activation kActivation>() {
      FinishPanel<kActivation>(sums, rows, columns, bias, y, product.y_stride);
    });
  };
  if (product.y_type == DType::kF32) return finish(static_cast<float*>(product.y));
  finish(static_cast<BFloat16*>(product.y));
}

// Packs a block of `columns` columns of B from `column` on.
template <class Number>
void PackRight(const RowsProduct<Number>& product, int64_t column, int64_t columns, const Block& block,
               float* workspace, float* packed) {
  const int64_t stride = product.b_stride;
  if (product.order == Order::kRows) {
    const float* b = product.b + column;
    if constexpr (kPairs<Number>) {
      PackRows(PairRows<float>{b, stride, product.K}, block, columns, packed);
    } else {
      PackRows(FloatRows{b, stride}, block, columns, packed);
    }
  } else {
    const int64_t k = block.k * (kPairs<Number> ? 2 : 1);
    const float* b = product.b + column * stride + k;
    if constexpr (kPairs<Number>) {
      float* const pairs = workspace + RowsWorkspace(product).columns_of_pairs;
      for (int64_t n = 0; n < columns; ++n)
        PairUp(b + n * stride, product.K - k, block.rows, pairs + n * block.rows);
      PackColumns(pairs, block.rows, block, columns, packed);
    } else {
      PackColumns(b, stride, block, columns, packed);
    }
  }
}

// Rows of a left operand as elements.
struct LeftRows {
  const char* first;
  int64_t stride;  // bytes
};

template <class Number>
LeftRows LeftBand(const RowsProduct<Number>& product, int64_t row, int64_t rows, float* workspace) {
  const Number* a = product.a + row * product.K;
  if constexpr (kPairs<Number>) {
    const int64_t K = PackedElements<Number>(product.K);
    if (product.K % 2 != 0) {
      float* const left = workspace + RowsWorkspace(product).left;
      for (int64_t r = 0; r < rows; ++r) PairUp(a + r * product.K, product.K, K, left + r * K);
      return {reinterpret_cast<const char*>(left), K * kElementBytes};
    }
  }
  return {reinterpret_cast<const char*>(a), product.K * static_cast<int64_t>(sizeof(Number))};
}

// Fetches where the results of a panel will be written, while its sums are computed.
template <class Number>
void FetchResults(const RowsProduct<Number>& product, int64_t row, int64_t rows, int64_t column,
                  int64_t columns) {
  constexpr int64_t kLine = 64;
  const auto size = static_cast<int64_t>(ByteSize(product.y_type));
  const char* y = static_cast<const char*>(product.y) + (row * product.y_stride + column) * size;
  for (int64_t r = 0; r < rows; ++r, y += product.y_stride * size) {
    for (int64_t byte = 0; byte < columns * size; byte += kLine) __builtin_prefetch(y + byte, 1, 2);
  }
}

template <class Arithmetic, class Number = typename Arithmetic::Number>
void MultiplyRows(const RowsProduct<Number>& product, float* workspace) {
  const RowsWorkspace at(product);
  const int64_t M = product.M, K = Elements<Number>(product.K), packed_K = PackedElements<Number>(product.K);
  const int64_t row_bytes = product.K * static_cast<int64_t>(sizeof(Number)), most = ColumnsAtOnce(packed_K);
  for (int64_t column = 0; column < product.N; column += most) {
    const int64_t columns = std::min(most, product.N - column);
    const float* packed = workspace + at.packed;
    if (product.packed != nullptr) {
      packed = product.packed + packed_K * column;
    } else {
      ForEachBlock(packed_K, [&](const Block& block) {
        PackRight(product, column, columns, block, workspace, workspace + at.packed);
      });
    }
    for (int64_t m = 0; m < M; m += kBand) {
      const int64_t rows = std::min(kBand, M - m), next = m + rows < M ? m + rows : 0;
      const LeftRows left = LeftBand(product, m, rows, workspace);
      Fetching fetching({product.a + next * product.K, std::min(kBand, M - next), row_bytes, row_bytes});
      float* const sums = workspace + at.sums;
      ForEachPanel(columns, [&](const Panel& panel) {
        const int64_t width = std::min(columns - panel.column, panel.vectors * LaneCount());
        FetchResults(product, m, rows, column + panel.column, width);
        ForEachBlock(packed_K, [&](const Block& block) {
          MultiplyAnyPanel<Arithmetic, /*kByColumns=*/false>(
              {.rows = rows,
               .vectors = panel.vectors,
               .K = std::min(block.rows, K - block.k),
               .a = left.first + block.k * kElementBytes,
               .a_stride = left.stride,
               .panel = packed + OffsetOf(block, panel, columns),
               .add = block.k > 0,
               .c = sums,
               .c_stride = panel.vectors * LaneCount()},
              fetching);
        });
        FinishPanel(product, m, rows, column + panel.column, width, sums);
      });
    }
  }
}

// A panel that ends in the middle of a vector: computed beside c, which may end there.
template <class Arithmetic>
void MultiplyLastPanel(PanelProduct panel, int64_t columns, Fetching& fetching) {
  HWY_ALIGN float part[16 * kTileVectors * kMostLanes];
  constexpr int64_t kRows = 16;
  const int64_t rows = panel.rows, width = panel.vectors * LaneCount(), c_stride = panel.c_stride;
  float* const c = panel.c;
  const bool add = std::exchange(panel.add, false);
  panel.c = part;
  panel.c_stride = width;
  for (int64_t m = 0; m < rows; m += kRows) {
    panel.rows = std::min(kRows, rows - m);
    MultiplyAnyPanel<Arithmetic, !kAmx<Arithmetic>>(panel, fetching);
    panel.a += kRows * (kAmx<Arithmetic> ? panel.a_stride : kElementBytes);
    for (int64_t r = 0; r < panel.rows; ++r) {
      for (int64_t n = 0; n < columns; ++n) {
        float& sum = c[(m + r) * c_stride + n];
        sum = (add ? sum : 0) + part[r * width + n];
      }
    }
  }
}

// Rows [k, k + count) of the left operand as elements, by columns; for AMX by rows.
template <class Arithmetic, class Number = typename Arithmetic::Number>
LeftRows LeftBlock(const ColumnsProduct<Number>& product, int64_t k, int64_t count, float* workspace) {
  const Number* a = product.a + k * product.a_stride;
  if constexpr (kPairs<Number>) {
    const int64_t lanes = LaneCount(), M = RoundUp(product.M, 16), K = Elements<Number>(count);
    const ColumnsWorkspace at(product);
    float* const left = workspace + at.left;
    float* const transposed = workspace + at.transposed;
    const PairRows<Number> rows = {a, product.a_stride, count};
    for (int64_t i = 0; i < K; ++i) {
      for (int64_t m = 0; m < product.M; m += lanes) {
        hn::Store(rows.Load(i, m, product.M - m), Lanes16(), left + i * M + m);
      }
    }
    if constexpr (!kAmx<Arithmetic>) return {reinterpret_cast<const char*>(left), M * kElementBytes};
    for (int64_t i = 0; i < K; i += lanes) {
      TransposeRows(left + i * M, M, std::min(lanes, K - i), M, transposed + i, kBlock);
    }
    return {reinterpret_cast<const char*>(transposed), kBlock * kElementBytes};
  } else {
    return {reinterpret_cast<const char*>(a), product.a_stride * kElementBytes};
  }
}

template <class Arithmetic, class Number = typename Arithmetic::Number>
void MultiplyColumns(const ColumnsProduct<Number>& product, float* workspace) {
  constexpr int64_t kBytes = sizeof(Number), kMost = kBlock * kElementBytes / kBytes;
  const int64_t N = product.N, K = product.K;
  for (int64_t k = 0; k < K; k += kMost) {
    const int64_t count = std::min(kMost, K - k), next = k + count, next_count = std::min(K - next, kMost);
    const Number* b = product.b + k * product.b_stride;
    const Block block = {0, PackedElements<Number>(count)};
    if constexpr (kPairs<Number>) {
      PackRows(PairRows<Number>{b, product.b_stride, count}, block, N, workspace);
    } else {
      PackRows(FloatRows{b, product.b_stride}, block, N, workspace);
    }
    const LeftRows left = LeftBlock<Arithmetic>(product, k, count, workspace);
    Fetching fetching(
        {product.b + next * product.b_stride, next_count, N * kBytes, product.b_stride * kBytes},
        {product.a + next * product.a_stride, next_count, product.M * kBytes, product.a_stride * kBytes});
    ForEachPanel(N, [&](const Panel& panel) {
      const PanelProduct part = {.rows = product.M,
                                 .vectors = panel.vectors,
                                 .K = Elements<Number>(count),
                                 .a = left.first,
                                 .a_stride = left.stride,
                                 .panel = workspace + OffsetOf(block, panel, N),
                                 .add = k > 0 || product.accumulation == Accumulation::kAdd,
                                 .c = product.c + panel.column,
                                 .c_stride = product.c_stride};
      const int64_t columns = N - panel.column;
      if (columns < panel.vectors * LaneCount())
        return MultiplyLastPanel<Arithmetic>(part, columns, fetching);
      MultiplyAnyPanel<Arithmetic, !kAmx<Arithmetic>>(part, fetching);
    });
  }
}

template <class Number>
void PackAnyBlock(const RowsProduct<Number>& product, int64_t index, float* workspace, float* packed) {
  const PackedPart part = PackedPartAt(product, index);
  PackRight(product, part.column, part.columns, part.block, workspace,
            packed + PackedElements<Number>(product.K) * part.column);
}
void PackFloatBlock(const RowsProduct<float>& product, int64_t block, float* workspace, float* packed) {
  PackAnyBlock(product, block, workspace, packed);
}
void PackPairBlock(const RowsProduct<BFloat16>& product, int64_t block, float* workspace, float* packed) {
  PackAnyBlock(product, block, workspace, packed);
}

void MultiplyFloatRows(const RowsProduct<float>& product, float* workspace) {
  MultiplyRows<FloatProducts>(product, workspace);
}
void MultiplyFloatColumns(const ColumnsProduct<float>& product, float* workspace) {
  MultiplyColumns<FloatProducts>(product, workspace);
}

// Calls work.operator()<Arithmetic>() with what multiplies `pairs` in this instruction set.
template <class Work>
void WithPairs([[maybe_unused]] PairProducts pairs, const Work& work) {
#if HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86
  if (pairs == PairProducts::kAmx) return work.template operator()<AmxPairs>();
  if (pairs == PairProducts::kAvx512Bf16) return work.template operator()<Avx512Bf16Pairs>();
#endif
  work.template operator()<WidenedPairs>();
}
void MultiplyPairRows(const RowsProduct<BFloat16>& product, PairProducts pairs, float* workspace) {
  WithPairs(pairs, [&]<class Arithmetic>() { MultiplyRows<Arithmetic>(product, workspace); });
}
void MultiplyPairColumns(const ColumnsProduct<BFloat16>& product, PairProducts pairs, float* workspace) {
  WithPairs(pairs, [&]<class Arithmetic>() { MultiplyColumns<Arithmetic>(product, workspace); });
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(PackFloatBlock);
HWY_EXPORT(PackPairBlock);
HWY_EXPORT(MultiplyFloatRows);
HWY_EXPORT(MultiplyFloatColumns);
HWY_EXPORT(MultiplyPairRows);
HWY_EXPORT(MultiplyPairColumns);

std::string_view Name(PairProducts pairs) {
  switch (pairs) {
    case PairProducts::kWidened:
      return "f32";
    case PairProducts::kAvx512Bf16:
      return "AVX512-BF16";
    case PairProducts::kAmx:
      return "AMX";
  }
  return "";
}

std::vector<PairProducts> SupportedPairProducts() {
  std::vector<PairProducts> ways = {PairProducts::kWidened};
#if defined(__x86_64__)
  if ((static_cast<int64_t>(hwy::SupportedTargets()) & HWY_AVX3) == 0)
    return ways;  // these tiles are compiled for it only
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bf16") != 0) {
    const bool fast = __builtin_cpu_is("amd") != 0;
    ways.insert(fast ? ways.end() : ways.begin(), PairProducts::kAvx512Bf16);
  }
  if (HasAmx()) ways.push_back(PairProducts::kAmx);
#endif
  return ways;
}

template <class Number>
int64_t WorkspaceSize(const RowsProduct<Number>& product) {
  return RoundUp(RowsWorkspace(product).size, 16);
}
template <class Number>
int64_t WorkspaceSize(const ColumnsProduct<Number>& product) {
  return RoundUp(ColumnsWorkspace(product).size, 16);
}
template int64_t WorkspaceSize(const RowsProduct<float>&);
template int64_t WorkspaceSize(const RowsProduct<BFloat16>&);
template int64_t WorkspaceSize(const ColumnsProduct<float>&);
template int64_t WorkspaceSize(const ColumnsProduct<BFloat16>&);

template <class Number>
int64_t PackedSize(const RowsProduct<Number>& product) {
  return PackedElements<Number>(product.K) * RoundUp(product.N, 16);
}
template <class Number>
int64_t PackedBlocks(const RowsProduct<Number>& product) {
  const int64_t K = PackedElements<Number>(product.K), most = ColumnsAtOnce(K);
  return (product.N + most - 1) / most * BlocksOf(K);
}
template <class Number>
int64_t PackedBlockSize(const RowsProduct<Number>& product, int64_t block) {
  const PackedPart part = PackedPartAt(product, block);
  return part.block.rows * part.columns;
}
template int64_t PackedSize(const RowsProduct<float>&);
template int64_t PackedSize(const RowsProduct<BFloat16>&);
template int64_t PackedBlocks(const RowsProduct<float>&);
template int64_t PackedBlocks(const RowsProduct<BFloat16>&);
template int64_t PackedBlockSize(const RowsProduct<float>&, int64_t);
template int64_t PackedBlockSize(const RowsProduct<BFloat16>&, int64_t);

void PackBlock(const RowsProduct<float>& product, int64_t block, float* workspace, float* packed) {
  HWY_DYNAMIC_DISPATCH(PackFloatBlock)(product, block, workspace, packed);
}
void PackBlock(const RowsProduct<BFloat16>& product, int64_t block, float* workspace, float* packed) {
  HWY_DYNAMIC_DISPATCH(PackPairBlock)(product, block, workspace, packed);
}

void Multiply(const RowsProduct<float>& product, PairProducts, float* workspace) {
  HWY_DYNAMIC_DISPATCH(MultiplyFloatRows)(product, workspace);
}
void Multiply(const RowsProduct<BFloat16>& product, PairProducts pairs, float* workspace) {
  HWY_DYNAMIC_DISPATCH(MultiplyPairRows)(product, pairs, workspace);
}
void Multiply(const ColumnsProduct<float>& product, PairProducts, float* workspace) {
  HWY_DYNAMIC_DISPATCH(MultiplyFloatColumns)(product, workspace);
}
void Multiply(const ColumnsProduct<BFloat16>& product, PairProducts pairs, float* workspace) {
  HWY_DYNAMIC_DISPATCH(MultiplyPairColumns)(product, pairs, workspace);
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
