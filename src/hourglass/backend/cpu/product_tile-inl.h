// The tiles of a product: sums of a few rows and vectors, which stay in registers. Per-target include guard.
#if defined(HOURGLASS_BACKEND_CPU_PRODUCT_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HOURGLASS_BACKEND_CPU_PRODUCT_TILE_INL_H_
#undef HOURGLASS_BACKEND_CPU_PRODUCT_TILE_INL_H_
#else
#define HOURGLASS_BACKEND_CPU_PRODUCT_TILE_INL_H_
#endif

#include "hourglass/backend/cpu/product_panel.h"
#include "hourglass/backend/cpu/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

// As many rows as registers allow, of which there are 32 or 16. For each k, a tile of 8 × 3 vectors loads 11
// times for 24 multiply-add instructions, which is enough of these to hide their latency. So are the 8 of a
// panel of one vector, for which 16 registers suffice.
template <int64_t kVectors>
constexpr int64_t kRowsOf = HWY_MAX_BYTES >= 64 || HWY_ARCH_ARM_A64 || kVectors == 1 ? 8 : 4;

// Any element, not only a float. (std::memcpy would load and broadcast in two instructions.)
typedef float __attribute__((may_alias)) Element;

HWY_INLINE V16 Broadcast(const char* element) {
  return hn::Set(Lanes16(), *reinterpret_cast<const Element*>(element));
}

// How elements are multiplied.
struct FloatProducts {
  using Number = float;
  using Left = V16;
  using Right = V16;

  static Left LoadLeft(const char* element) { return Broadcast(element); }
  static Right LoadRight(const float* elements) { return hn::Load(Lanes16(), elements); }
  static V16 MulAdd(Left left, Right right, V16 sum) { return hn::MulAdd(left, right, sum); }
};

// Pairs as two floats each.
struct WidenedPairs {
  using Number = BFloat16;
  struct Widened {
    V16 even, odd;
  };
  using Left = Widened;
  using Right = Widened;

  static Widened Widen(V16 pairs) {
    const hn::RebindToUnsigned<Lanes16> du;
    const auto bits = hn::BitCast(du, pairs);
    return {hn::BitCast(Lanes16(), hn::ShiftLeft<16>(bits)),
            hn::BitCast(Lanes16(), hn::And(bits, hn::Set(du, 0xFFFF0000)))};
  }
  static Left LoadLeft(const char* element) { return Widen(Broadcast(element)); }
  static Right LoadRight(const float* elements) { return Widen(hn::Load(Lanes16(), elements)); }
  static V16 MulAdd(const Left& left, const Right& right, V16 sum) {
    return hn::MulAdd(left.odd, right.odd, hn::MulAdd(left.even, right.even, sum));
  }
};

#if HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86
// By VDPBF16PS, which Debian's Highway does not have.
struct Avx512Bf16Pairs {
  using Number = BFloat16;
  using Left = V16;
  using Right = V16;

  static Left LoadLeft(const char* element) { return Broadcast(element); }
  static Right LoadRight(const float* elements) { return hn::Load(Lanes16(), elements); }
  static V16 MulAdd(Left left, Right right, V16 sum) {
    asm("vdpbf16ps %2, %1, %0" : "+v"(sum.raw) : "v"(right.raw), "v"(left.raw));
    return sum;
  }
};
#endif

template <bool kByColumns>
HWY_INLINE const char* ElementOf(const char* a, const char* a4, int64_t stride, int64_t row) {
  if constexpr (kByColumns) return a + row * kElementBytes;
  return row < 4 ? a + row * stride : a4 + (row - 4) * stride;  // few distances, for the addressing modes
}

// c (+)= a tile of kRows rows and kVectors vectors, the first of `product`. Most tiles have nothing to fetch.
// They leave these two instructions for each k out: of 22 with AVX2, where a processor that shares its
// decoders with another thread takes 3 per cycle.
template <class Arithmetic, bool kByColumns, int64_t kRows, int64_t kVectors, bool kFetches = false>
void MultiplyTile(const PanelProduct& product, const char* a, float* HWY_RESTRICT c,
                  [[maybe_unused]] const char* fetched, [[maybe_unused]] int64_t fetch_step) {
  const Lanes16 d;
  const int64_t lanes = LaneCount(), K = product.K, a_stride = product.a_stride, c_stride = product.c_stride;
  const bool add = product.add;
  // GCC 12 keeps the sums in memory unless the loops that set and store them are unrolled: a third slower.
  V16 sums[kRows][kVectors];
#pragma GCC unroll 8
  for (int64_t r = 0; r < kRows; ++r) {
    for (int64_t v = 0; v < kVectors; ++v) sums[r][v] = hn::Zero(d);
  }
  const char* a4 = a + 4 * a_stride;
  const float* HWY_RESTRICT panel = product.panel;
#pragma GCC unroll 4
  for (int64_t k = 0; k < K; ++k, panel += kVectors * lanes) {
    typename Arithmetic::Right b[kVectors];
    for (int64_t v = 0; v < kVectors; ++v) b[v] = Arithmetic::LoadRight(panel + v * lanes);
    for (int64_t r = 0; r < kRows; ++r) {
      const typename Arithmetic::Left left = Arithmetic::LoadLeft(ElementOf<kByColumns>(a, a4, a_stride, r));
      for (int64_t v = 0; v < kVectors; ++v) sums[r][v] = Arithmetic::MulAdd(left, b[v], sums[r][v]);
    }
    if constexpr (kFetches) {
      __builtin_prefetch(fetched, 0, 2);
      fetched += fetch_step;
    }
    a += kByColumns ? a_stride : kElementBytes;
    a4 += kElementBytes;
  }
#pragma GCC unroll 8
  for (int64_t r = 0; r < kRows; ++r, c += c_stride) {
    for (int64_t v = 0; v < kVectors; ++v) {
      if (add) sums[r][v] = hn::Add(sums[r][v], hn::LoadU(d, c + v * lanes));
      hn::StoreU(sums[r][v], d, c + v * lanes);
    }
  }
}

template <class Arithmetic, bool kByColumns, int64_t kVectors>
void MultiplyPanelOf(const PanelProduct& product, Fetching& fetching) {
  constexpr int64_t kMost = kRowsOf<kVectors>;
  for (int64_t r = 0, rows = 0; r < product.rows; r += rows) {
    const char* a = product.a + r * (kByColumns ? kElementBytes : product.a_stride);
    float* c = product.c + r * product.c_stride;
    rows = kMost;
    while (rows > product.rows - r) rows /= 2;
    const char* const fetched = rows == kMost ? fetching.Next() : nullptr;
    const auto multiply = fetched != nullptr ? MultiplyTile<Arithmetic, kByColumns, kMost, kVectors, true>
                          : rows == kMost    ? MultiplyTile<Arithmetic, kByColumns, kMost, kVectors>
                          : rows == 4        ? MultiplyTile<Arithmetic, kByColumns, 4, kVectors>
                          : rows == 2        ? MultiplyTile<Arithmetic, kByColumns, 2, kVectors>
                                             : MultiplyTile<Arithmetic, kByColumns, 1, kVectors>;
    multiply(product, a, c, fetched, fetching.step());
  }
}

// The rows of `product` in tiles of kRowsOf, and the remaining ones in smaller tiles.
template <class Arithmetic, bool kByColumns>
void MultiplyPanel(const PanelProduct& product, Fetching& fetching) {
  if (product.vectors == 3) return MultiplyPanelOf<Arithmetic, kByColumns, 3>(product, fetching);
  if (product.vectors == 2) return MultiplyPanelOf<Arithmetic, kByColumns, 2>(product, fetching);
  return MultiplyPanelOf<Arithmetic, kByColumns, 1>(product, fetching);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HOURGLASS_BACKEND_CPU_PRODUCT_TILE_INL_H_
