#include "hourglass/backend/cpu/conv_tile.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/conv_tile.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <utility>

#include "hourglass/backend/cpu/activate-inl.h"
#include "hourglass/backend/cpu/tile_layout-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

// Pixels per block: as many sums as fit in the registers beside the operands.
constexpr int64_t kPixels = HWY_MAX_BYTES >= 64 ? 6 : 3;

struct ProductBlock {
  const float* tile;
  const int32_t* windows;
  const int32_t* outputs;
  const int32_t* offsets;
  int64_t taps;
  const float* packed;  // [taps, channels of the block]
  const float* bias;
  Activation activation;
  float* y;
  int64_t plane;
};

// y of kO output channels and kP pixels; sums stay in registers.
template <int64_t kO, int64_t kP>
void Products(const ProductBlock& b) {
  const Lanes16 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t lane = 0; lane < kTileImages; lane += lanes) {
    const float* windows[kP];
    V16 sums[kO][kP];
    for (int64_t p = 0; p < kP; ++p) windows[p] = b.tile + b.windows[p] + lane;
    for (int64_t o = 0; o < kO; ++o) {
      for (int64_t p = 0; p < kP; ++p) sums[o][p] = hn::Set(d, b.bias[o]);
    }
    const float* packed = b.packed;
    for (int64_t t = 0; t < b.taps; ++t, packed += kO) {
      const int64_t offset = b.offsets[t];
      V16 weights[kO];
      for (int64_t o = 0; o < kO; ++o) weights[o] = hn::Set(d, packed[o]);
      for (int64_t p = 0; p < kP; ++p) {
        const V16 x = hn::LoadU(d, windows[p] + offset);
        for (int64_t o = 0; o < kO; ++o) sums[o][p] = hn::MulAdd(weights[o], x, sums[o][p]);
      }
    }
    for (int64_t o = 0; o < kO; ++o) {
      for (int64_t p = 0; p < kP; ++p) {
        hn::StoreU(Activate(d, b.activation, sums[o][p]), d,
                   b.y + (o * b.plane + b.outputs[p]) * kTileImages + lane);
      }
    }
  }
}

struct GradientBlock {
  const float* big;
  const int32_t* windows;
  const int32_t* offsets;
  const float* small;  // of the block's first channel
  const int32_t* places;
  int64_t small_stride;
  int64_t pixels;
  float* sums;   // of the block's first channel and tap
  int64_t taps;  // per channel
};

// The sums over all pixels, for kS small channels and kT taps.
template <int64_t kS, int64_t kT>
void Gradients(const GradientBlock& b) {
  const Lanes16 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t lane = 0; lane < kTileImages; lane += lanes) {
    V16 sums[kS][kT];
    for (int64_t s = 0; s < kS; ++s) {
      for (int64_t t = 0; t < kT; ++t)
        sums[s][t] = hn::LoadU(d, b.sums + (s * b.taps + t) * kTileImages + lane);
    }
    const float* taps[kT];
    for (int64_t t = 0; t < kT; ++t) taps[t] = b.big + b.offsets[t] + lane;
    for (int64_t p = 0; p < b.pixels; ++p) {
      const float* small = b.small + b.places[p] + lane;
      const int64_t window = b.windows[p];
      V16 z[kS];
      for (int64_t s = 0; s < kS; ++s) z[s] = hn::LoadU(d, small + s * b.small_stride);
      for (int64_t t = 0; t < kT; ++t) {
        const V16 x = hn::LoadU(d, taps[t] + window);
        for (int64_t s = 0; s < kS; ++s) sums[s][t] = hn::MulAdd(z[s], x, sums[s][t]);
      }
    }
    for (int64_t s = 0; s < kS; ++s) {
      for (int64_t t = 0; t < kT; ++t)
        hn::StoreU(sums[s][t], d, b.sums + (s * b.taps + t) * kTileImages + lane);
    }
  }
}

// Calls call<rows, columns>(block) with the size of the block.
template <class Table, class Block>
void Dispatch(const Table& table, int64_t rows, int64_t columns, const Block& block) {
  table[static_cast<size_t>((rows - 1) * kPixels + columns - 1)](block);
}

template <int64_t... kI>
constexpr auto ProductTable(std::integer_sequence<int64_t, kI...>) {
  return std::array{&Products<kI / kPixels + 1, kI % kPixels + 1>...};
}
template <int64_t... kI>
constexpr auto GradientTable(std::integer_sequence<int64_t, kI...>) {
  return std::array{&Gradients<kI / kPixels + 1, kI % kPixels + 1>...};
}
using BlockSizes = std::make_integer_sequence<int64_t, kBlockOutputs * kPixels>;
constexpr auto kProducts = ProductTable(BlockSizes());
constexpr auto kGradients = GradientTable(BlockSizes());

void TapProductsF32(const TapPlan& plan, int64_t outputs, int64_t plane, const float* tile,
                    const float* packed, const float* bias, Activation activation, float* y) {
  for (const TapGroup& group : plan.groups) {
    const auto taps = static_cast<int64_t>(group.offsets.size());
    const auto pixels = static_cast<int64_t>(group.outputs.size());
    for (int64_t p = 0; p < pixels; p += kPixels) {
      for (int64_t o = 0; o < outputs; o += kBlockOutputs) {
        const ProductBlock block = {tile,
                                    group.windows.data() + p,
                                    group.outputs.data() + p,
                                    group.offsets.data(),
                                    taps,
                                    packed + o * taps,
                                    bias + o,
                                    activation,
                                    y + o * plane * kTileImages,
                                    plane};
        Dispatch(kProducts, std::min(kBlockOutputs, outputs - o), std::min(kPixels, pixels - p), block);
      }
    }
    packed += outputs * taps;
  }
}

void TapGradientsF32(const TapGroup& down, const float* big, int64_t small_channels, const float* small,
                     const int32_t* small_places, int64_t small_stride, float* sums) {
  const auto taps = static_cast<int64_t>(down.offsets.size());
  for (int64_t t = 0; t < taps; t += kPixels) {
    for (int64_t s = 0; s < small_channels; s += kBlockOutputs) {
      const GradientBlock block = {big,
                                   down.windows.data(),
                                   down.offsets.data() + t,
                                   small + s * small_stride,
                                   small_places,
                                   small_stride,
                                   static_cast<int64_t>(down.windows.size()),
                                   sums + (s * taps + t) * kTileImages,
                                   taps};
      Dispatch(kGradients, std::min(kBlockOutputs, small_channels - s), std::min(kPixels, taps - t), block);
    }
  }
}

void AddLanesF32(const float* sums, int64_t count, float* grads) {
  const Lanes16 d;
  for (int64_t i = 0; i < count; ++i) {
    V16 sum = hn::Zero(d);
    for (size_t lane = 0; lane < kTileImages; lane += hn::Lanes(d)) {
      sum = hn::Add(sum, hn::LoadU(d, sums + static_cast<size_t>(i) * kTileImages + lane));
    }
    grads[i] += hn::GetLane(hn::SumOfLanes(d, sum));
  }
}

void LoadTileF32(const float* x, int64_t images, int64_t row_size, const int32_t* places, float* tile) {
  Load(x, images, row_size, places, tile);
}
void LoadTileBF16(const BFloat16* x, int64_t images, int64_t row_size, const int32_t* places, float* tile) {
  Load(x, images, row_size, places, tile);
}
void LoadGroupF32(const float* group, int64_t row_size, const int32_t* places, float* tile) {
  LoadAnyGroup(group, row_size, places, tile);
}
void LoadGroupBF16(const BFloat16* group, int64_t row_size, const int32_t* places, float* tile) {
  LoadAnyGroup(group, row_size, places, tile);
}
void StoreGroupF32(const float* tile, int64_t row_size, float* group) {
  StoreAnyGroup(tile, row_size, group);
}
void StoreGroupBF16(const float* tile, int64_t row_size, BFloat16* group) {
  StoreAnyGroup(tile, row_size, group);
}
void StoreTileF32(const float* tile, int64_t images, int64_t row_size, float* y) {
  Store(tile, images, row_size, y);
}
void StoreTileBF16(const float* tile, int64_t images, int64_t row_size, BFloat16* y) {
  Store(tile, images, row_size, y);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(LoadTileF32);
HWY_EXPORT(LoadTileBF16);
HWY_EXPORT(LoadGroupF32);
HWY_EXPORT(LoadGroupBF16);
HWY_EXPORT(StoreGroupF32);
HWY_EXPORT(StoreGroupBF16);
HWY_EXPORT(StoreTileF32);
HWY_EXPORT(StoreTileBF16);
HWY_EXPORT(TapProductsF32);
HWY_EXPORT(TapGradientsF32);
HWY_EXPORT(AddLanesF32);

template <>
void LoadTile(const float* x, int64_t images, int64_t row_size, const int32_t* places, float* tile) {
  HWY_DYNAMIC_DISPATCH(LoadTileF32)(x, images, row_size, places, tile);
}
template <>
void LoadTile(const BFloat16* x, int64_t images, int64_t row_size, const int32_t* places, float* tile) {
  HWY_DYNAMIC_DISPATCH(LoadTileBF16)(x, images, row_size, places, tile);
}
template <>
void StoreTile(const float* tile, int64_t images, int64_t row_size, float* y) {
  HWY_DYNAMIC_DISPATCH(StoreTileF32)(tile, images, row_size, y);
}
template <>
void StoreTile(const float* tile, int64_t images, int64_t row_size, BFloat16* y) {
  HWY_DYNAMIC_DISPATCH(StoreTileBF16)(tile, images, row_size, y);
}

template <>
void LoadGroup(const float* group, int64_t row_size, const int32_t* places, float* tile) {
  HWY_DYNAMIC_DISPATCH(LoadGroupF32)(group, row_size, places, tile);
}
template <>
void LoadGroup(const BFloat16* group, int64_t row_size, const int32_t* places, float* tile) {
  HWY_DYNAMIC_DISPATCH(LoadGroupBF16)(group, row_size, places, tile);
}
template <>
void StoreGroup(const float* tile, int64_t row_size, float* group) {
  HWY_DYNAMIC_DISPATCH(StoreGroupF32)(tile, row_size, group);
}
template <>
void StoreGroup(const float* tile, int64_t row_size, BFloat16* group) {
  HWY_DYNAMIC_DISPATCH(StoreGroupBF16)(tile, row_size, group);
}

int64_t PackedTapsCount(const TapPlan& plan, int64_t outputs) {
  int64_t count = 0;
  for (const TapGroup& group : plan.groups) count += outputs * static_cast<int64_t>(group.offsets.size());
  return count;
}

void PackTaps(const TapPlan& plan, int64_t outputs, const float* w, float* packed) {
  for (const TapGroup& group : plan.groups) {
    for (int64_t block = 0; block < outputs; block += kBlockOutputs) {
      const int64_t end = std::min(outputs, block + kBlockOutputs);
      for (const int32_t weight : group.weights) {
        for (int64_t o = block; o < end; ++o) *packed++ = w[o * plan.weight_stride + weight];
      }
    }
  }
}

void TapProducts(const TapPlan& plan, int64_t outputs, int64_t plane, const float* tile, const float* packed,
                 const float* bias, Activation activation, float* y) {
  HWY_DYNAMIC_DISPATCH(TapProductsF32)(plan, outputs, plane, tile, packed, bias, activation, y);
}

void TapGradients(const TapGroup& down, const float* big, int64_t small_channels, const float* small,
                  const int32_t* small_places, int64_t small_stride, float* sums) {
  HWY_DYNAMIC_DISPATCH(TapGradientsF32)(down, big, small_channels, small, small_places, small_stride, sums);
}

void AddLanes(const float* sums, int64_t count, float* grads) {
  HWY_DYNAMIC_DISPATCH(AddLanesF32)(sums, count, grads);
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
