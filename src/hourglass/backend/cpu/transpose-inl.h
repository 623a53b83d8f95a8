// Transposes blocks of floats between rows and vectors. Per-target include guard.
#if defined(HOURGLASS_BACKEND_CPU_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HOURGLASS_BACKEND_CPU_TRANSPOSE_INL_H_
#undef HOURGLASS_BACKEND_CPU_TRANSPOSE_INL_H_
#else
#define HOURGLASS_BACKEND_CPU_TRANSPOSE_INL_H_
#endif

#include <hwy/highway.h>

#include "hourglass/backend/cpu/elements-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

constexpr int64_t kMostLanes = 16;
using Lanes16 = hn::CappedTag<float, kMostLanes>;
using V16 = hn::Vec<Lanes16>;

HWY_INLINE int64_t LaneCount() {
  return static_cast<int64_t>(hn::Lanes(Lanes16()));
}

#if HWY_TARGET != HWY_SCALAR  // too few lanes to transpose

using Lanes4 = hn::CappedTag<float, 4>;
using V4 = hn::Vec<Lanes4>;

HWY_INLINE V4 Load4(const float* from) {
  return hn::LoadU(Lanes4(), from);
}
HWY_INLINE V4 Load4(const BFloat16* from) {
  const hn::RebindToUnsigned<Lanes4> du32;
  const hn::Rebind<uint16_t, Lanes4> du16;
  const auto halves = hn::LoadU(du16, reinterpret_cast<const uint16_t*>(from));
  return hn::BitCast(Lanes4(), hn::ShiftLeft<16>(hn::PromoteTo(du32, halves)));
}

// Four elements of row 0, then four of rows 4, 8 and 12, as many as a vector holds. Transpose turns four such
// vectors into four that each hold one element of consecutive rows.
template <class D, class T>
HWY_INLINE hn::Vec<D> LoadEveryFourth(D d, const T* from, int64_t row_size) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    return Load4(from);
  } else {
    const hn::Half<D> half;
    const auto rows = static_cast<int64_t>(hn::MaxLanes(half));
    return hn::Combine(d, LoadEveryFourth(half, from + rows * row_size, row_size),
                       LoadEveryFourth(half, from, row_size));
  }
}

// In every block of four lanes, swaps a[i][j] and a[j][i].
HWY_INLINE void Transpose(V16& a0, V16& a1, V16& a2, V16& a3) {
  const Lanes16 d;
  const hn::RepartitionToWide<Lanes16> wide;
  const auto pair = [&](V16 x) { return hn::BitCast(wide, x); };
  const V16 low01 = hn::InterleaveLower(d, a0, a1), high01 = hn::InterleaveUpper(d, a0, a1);
  const V16 low23 = hn::InterleaveLower(d, a2, a3), high23 = hn::InterleaveUpper(d, a2, a3);
  a0 = hn::BitCast(d, hn::InterleaveLower(wide, pair(low01), pair(low23)));
  a1 = hn::BitCast(d, hn::InterleaveUpper(wide, pair(low01), pair(low23)));
  a2 = hn::BitCast(d, hn::InterleaveLower(wide, pair(high01), pair(high23)));
  a3 = hn::BitCast(d, hn::InterleaveUpper(wide, pair(high01), pair(high23)));
}

#endif  // HWY_TARGET != HWY_SCALAR

// Writes the transpose of `rows` [count, K], and zeros for the rows up to a whole vector: [K, lanes], the
// rows to_stride apart.
HWY_INLINE void TransposeRows(const float* HWY_RESTRICT rows, int64_t stride, int64_t count, int64_t K,
                              float* HWY_RESTRICT to, int64_t to_stride) {
  int64_t k = 0;
#if HWY_TARGET != HWY_SCALAR
  const Lanes16 d;
  for (; count >= LaneCount() && k + 4 <= K; k += 4) {
    V16 a0 = LoadEveryFourth(d, rows + k, stride), a1 = LoadEveryFourth(d, rows + k + stride, stride),
        a2 = LoadEveryFourth(d, rows + k + 2 * stride, stride),
        a3 = LoadEveryFourth(d, rows + k + 3 * stride, stride);
    Transpose(a0, a1, a2, a3);
    hn::StoreU(a0, d, to + k * to_stride);
    hn::StoreU(a1, d, to + (k + 1) * to_stride);
    hn::StoreU(a2, d, to + (k + 2) * to_stride);
    hn::StoreU(a3, d, to + (k + 3) * to_stride);
  }
#endif
  for (; k < K; ++k) {
    for (int64_t n = 0; n < LaneCount(); ++n) to[k * to_stride + n] = n < count ? rows[n * stride + k] : 0.0f;
  }
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HOURGLASS_BACKEND_CPU_TRANSPOSE_INL_H_
