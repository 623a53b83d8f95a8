// Copies images into a tile and back: a tile holds each element of kTileImages images side by side.
// Per-target include guard.
#if defined(HOURGLASS_BACKEND_CPU_TILE_LAYOUT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HOURGLASS_BACKEND_CPU_TILE_LAYOUT_INL_H_
#undef HOURGLASS_BACKEND_CPU_TILE_LAYOUT_INL_H_
#else
#define HOURGLASS_BACKEND_CPU_TILE_LAYOUT_INL_H_
#endif

#include <hwy/highway.h>

#include "hourglass/backend/cpu/conv_plan.h"
#include "hourglass/backend/cpu/elements-inl.h"
#include "hourglass/backend/cpu/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

static_assert(kTileImages == kMostLanes);

template <class T>
void LoadElement(const T* x, int64_t images, int64_t row_size, float* to) {
  for (int64_t n = 0; n < kTileImages; ++n) to[n] = n < images ? ToFloat(x[n * row_size]) : 0.0f;
}

template <class T>
void StoreElement(const float* from, int64_t images, int64_t row_size, T* y) {
  for (int64_t n = 0; n < images; ++n) FromFloat(from[n], y[n * row_size]);
}

#if HWY_TARGET == HWY_SCALAR  // too few lanes to transpose

template <class T>
int64_t LoadBlocks(const T*, int64_t, const int32_t*, float*) {
  return 0;
}
template <class T>
int64_t StoreBlocks(const float*, int64_t, T*) {
  return 0;
}

#else

HWY_INLINE void StoreFloats4(V4 values, float* to) {
  hn::StoreU(values, Lanes4(), to);
}
HWY_INLINE void StoreFloats4(V4 values, BFloat16* to) {
  const hn::Rebind<uint16_t, Lanes4> du16;
  hn::StoreU(hn::TruncateTo(du16, RoundedUpperHalves(Lanes4(), values)), du16,
             reinterpret_cast<uint16_t*>(to));
}

template <class D, class T>
HWY_INLINE void StoreEveryFourth(D, hn::Vec<D> values, T* to, int64_t row_size) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    StoreFloats4(values, to);
  } else {
    const hn::Half<D> half;
    const auto images = static_cast<int64_t>(hn::MaxLanes(half));
    StoreEveryFourth(half, hn::LowerHalf(half, values), to, row_size);
    StoreEveryFourth(half, hn::UpperHalf(half, values), to + images * row_size, row_size);
  }
}

// Four elements of a full tile at a time; returns the number of elements done.
template <class T>
int64_t LoadBlocks(const T* HWY_RESTRICT x, int64_t row_size, const int32_t* HWY_RESTRICT places,
                   float* HWY_RESTRICT tile) {
  const Lanes16 d;
  int64_t e = 0;
  for (; e + 4 <= row_size; e += 4) {
    for (int64_t n = 0; n < kTileImages; n += static_cast<int64_t>(hn::Lanes(d))) {
      const T* from = x + n * row_size + e;
      V16 a0 = LoadEveryFourth(d, from, row_size), a1 = LoadEveryFourth(d, from + row_size, row_size),
          a2 = LoadEveryFourth(d, from + 2 * row_size, row_size),
          a3 = LoadEveryFourth(d, from + 3 * row_size, row_size);
      Transpose(a0, a1, a2, a3);
      hn::StoreU(a0, d, tile + places[e] + n);
      hn::StoreU(a1, d, tile + places[e + 1] + n);
      hn::StoreU(a2, d, tile + places[e + 2] + n);
      hn::StoreU(a3, d, tile + places[e + 3] + n);
    }
  }
  return e;
}

template <class T>
int64_t StoreBlocks(const float* HWY_RESTRICT tile, int64_t row_size, T* HWY_RESTRICT y) {
  const Lanes16 d;
  int64_t e = 0;
  for (; e + 4 <= row_size; e += 4) {
    for (int64_t n = 0; n < kTileImages; n += static_cast<int64_t>(hn::Lanes(d))) {
      const float* from = tile + e * kTileImages + n;
      V16 a0 = hn::LoadU(d, from), a1 = hn::LoadU(d, from + kTileImages),
          a2 = hn::LoadU(d, from + 2 * kTileImages), a3 = hn::LoadU(d, from + 3 * kTileImages);
      Transpose(a0, a1, a2, a3);
      T* to = y + n * row_size + e;
      StoreEveryFourth(d, a0, to, row_size);
      StoreEveryFourth(d, a1, to + row_size, row_size);
      StoreEveryFourth(d, a2, to + 2 * row_size, row_size);
      StoreEveryFourth(d, a3, to + 3 * row_size, row_size);
    }
  }
  return e;
}

#endif  // HWY_TARGET == HWY_SCALAR

template <class T>
void Load(const T* x, int64_t images, int64_t row_size, const int32_t* places, float* tile) {
  int64_t e = images == kTileImages ? LoadBlocks(x, row_size, places, tile) : 0;
  for (; e < row_size; ++e) LoadElement(x + e, images, row_size, tile + places[e]);
}

template <class T>
void LoadAnyGroup(const T* HWY_RESTRICT group, int64_t row_size, const int32_t* HWY_RESTRICT places,
                  float* HWY_RESTRICT tile) {
  const Lanes16 d;
  for (int64_t e = 0; e < row_size; ++e) {
    for (int64_t n = 0; n < kTileImages; n += static_cast<int64_t>(hn::Lanes(d)))
      hn::StoreU(LoadFloats(group + e * kTileImages + n), d, tile + places[e] + n);
  }
}

template <class T>
void StoreAnyGroup(const float* HWY_RESTRICT tile, int64_t row_size, T* HWY_RESTRICT group) {
  const Lanes16 d;
  for (int64_t i = 0; i < row_size * kTileImages; i += static_cast<int64_t>(hn::Lanes(d)))
    StoreFloats(hn::LoadU(d, tile + i), group + i);
}

template <class T>
void Store(const float* tile, int64_t images, int64_t row_size, T* y) {
  int64_t e = images == kTileImages ? StoreBlocks(tile, row_size, y) : 0;
  for (; e < row_size; ++e) StoreElement(tile + e * kTileImages, images, row_size, y + e);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HOURGLASS_BACKEND_CPU_TILE_LAYOUT_INL_H_
