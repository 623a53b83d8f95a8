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
#include "hourglass/backend/cpu/transpose-inl.h"
#include "hourglass/backend/cpu/with_activation.h"

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
  const float* bias;    // null: y holds the sums of earlier taps
  Activation activation;
  float* y;
  int64_t plane;
};

// Activates the outputs of a block in place, while they are in cache.
template <Activation kActivation>
void ActivateOutputs(const ProductBlock& b, int64_t channels, int64_t pixels) {
  const Lanes16 d;
  for (int64_t o = 0; o < channels; ++o) {
    for (int64_t p = 0; p < pixels; ++p) {
      float* const y = b.y + (o * b.plane + b.outputs[p]) * kTileImages;
      for (int64_t lane = 0; lane < kTileImages; lane += static_cast<int64_t>(hn::Lanes(d)))
        hn::StoreU(Activate(d, kActivation, hn::LoadU(d, y + lane)), d, y + lane);
    }
  }
}

// All activations but none and ReLU: too long to be compiled into every block size.
HWY_NOINLINE void ActivateOutputs(const ProductBlock& b, int64_t channels, int64_t pixels) {
  WithActivation(b.activation,
                 [&]<Activation kActivation>() { ActivateOutputs<kActivation>(b, channels, pixels); });
}

// y of kO output channels and kP pixels; sums stay in registers. GCC 12 keeps them in memory unless the loops
// that set and store them are unrolled.
template <int64_t kO, int64_t kP>
void Products(const ProductBlock& b) {
  const Lanes16 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const bool relu = b.activation == Activation::kRelu;
  for (int64_t lane = 0; lane < kTileImages; lane += lanes) {
    const float* windows[kP];
    V16 sums[kO][kP];
#pragma GCC unroll 8
    for (int64_t p = 0; p < kP; ++p) windows[p] = b.tile + b.windows[p] + lane;
    if (b.bias != nullptr) {
#pragma GCC unroll 8
      for (int64_t o = 0; o < kO; ++o) {
        const V16 bias = hn::Set(d, b.bias[o]);
#pragma GCC unroll 8
        for (int64_t p = 0; p < kP; ++p) sums[o][p] = bias;
      }
    } else {
#pragma GCC unroll 8
      for (int64_t o = 0; o < kO; ++o) {
#pragma GCC unroll 8
        for (int64_t p = 0; p < kP; ++p)
          sums[o][p] = hn::LoadU(d, b.y + (o * b.plane + b.outputs[p]) * kTileImages + lane);
      }
    }
    const float* packed = b.packed;
    for (int64_t t = 0; t < b.taps; ++t, packed += kO) {
      const int64_t offset = b.offsets[t];
      V16 x[kP];
      for (int64_t p = 0; p < kP; ++p) x[p] = hn::LoadU(d, windows[p] + offset);
      for (int64_t o = 0; o < kO; ++o) {
        const V16 weight = hn::Set(d, packed[o]);
        for (int64_t p = 0; p < kP; ++p) sums[o][p] = hn::MulAdd(weight, x[p], sums[o][p]);
      }
    }
#pragma GCC unroll 8
    for (int64_t o = 0; o < kO; ++o) {
#pragma GCC unroll 8
      for (int64_t p = 0; p < kP; ++p) {
        const V16 y = relu ? hn::Max(sums[o][p], hn::Zero(d)) : sums[o][p];
        hn::StoreU(y, d, b.y + (o * b.plane + b.outputs[p]) * kTileImages + lane);
      }
    }
  }
  if (!relu && b.activation != Activation::kNone) ActivateOutputs(b, kO, kP);
}

struct GradientBlock {
  int64_t tiles;
  Tiles big, small;  // small: from the block's first channel on
  const int32_t* windows;
  const int32_t* offsets;
  const int32_t* places;
  int64_t small_stride;
  int64_t pixels;
  float* sums;  // [taps, kBlockOutputs]
};

#if HWY_TARGET == HWY_SCALAR
// to[s] += the only lane of sums[s].
template <int64_t kS>
HWY_INLINE void AddLanes(const V16 (&sums)[kS], float* to) {
  for (int64_t s = 0; s < kS; ++s) to[s] += hn::GetLane(sums[s]);
}
#else
template <class D>
HWY_INLINE V4 SumOfFours(D /*d*/, hn::Vec<D> sums) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    return sums;
  } else {
    const hn::Half<D> half;
    return SumOfFours(half, hn::Add(hn::LowerHalf(half, sums), hn::UpperHalf(half, sums)));
  }
}
// to[s] += the sum of the lanes of sums[s].
template <int64_t kS>
HWY_INLINE void AddLanes(const V16 (&sums)[kS], float* to) {
  static_assert(kBlockOutputs == 4);
  const Lanes16 d;
  V16 four[4];
  for (int64_t s = 0; s < 4; ++s) four[s] = s < kS ? sums[s < kS ? s : 0] : hn::Zero(d);
  Transpose(four[0], four[1], four[2], four[3]);
  const V16 added = hn::Add(hn::Add(four[0], four[1]), hn::Add(four[2], four[3]));
  hn::StoreU(hn::Add(hn::LoadU(Lanes4(), to), SumOfFours(d, added)), Lanes4(), to);
}
#endif

// The sums over all pixels and images, for kS small channels and kT taps.
template <int64_t kS, int64_t kT>
void Gradients(const GradientBlock& b) {
  const Lanes16 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  V16 sums[kT][kS];
#pragma GCC unroll 8
  for (int64_t t = 0; t < kT; ++t) {
#pragma GCC unroll 8
    for (int64_t s = 0; s < kS; ++s) sums[t][s] = hn::Zero(d);
  }
  for (int64_t i = 0; i < b.tiles; ++i) {
    for (int64_t lane = 0; lane < kTileImages; lane += lanes) {
      const float* taps[kT];
      for (int64_t t = 0; t < kT; ++t) taps[t] = b.big[i] + b.offsets[t] + lane;
      for (int64_t p = 0; p < b.pixels; ++p) {
        const float* small = b.small[i] + b.places[p] + lane;
        const int64_t window = b.windows[p];
        V16 x[kT];
        for (int64_t t = 0; t < kT; ++t) x[t] = hn::LoadU(d, taps[t] + window);
        for (int64_t s = 0; s < kS; ++s) {
          const V16 z = hn::LoadU(d, small + s * b.small_stride);
          for (int64_t t = 0; t < kT; ++t) sums[t][s] = hn::MulAdd(z, x[t], sums[t][s]);
        }
      }
    }
  }
#pragma GCC unroll 8
  for (int64_t t = 0; t < kT; ++t) AddLanes(sums[t], b.sums + t * kBlockOutputs);
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

// The inputs of so many taps stay in the first-level cache while all output channels read them.
constexpr int64_t kProductTaps = 192;

// As few blocks as hold `count` things, but at least one; they differ by 1 at most, because a block of few
// pixels would wait for its sums.
class EqualBlocks {
 public:
  EqualBlocks(int64_t count, int64_t most)
      : blocks_(std::max<int64_t>(1, (count + most - 1) / most)),
        smallest_(count / blocks_),
        larger_(count % blocks_) {}

  int64_t blocks() const { return blocks_; }
  int64_t begin(int64_t block) const { return block * smallest_ + std::min(block, larger_); }
  int64_t size(int64_t block) const { return smallest_ + (block < larger_ ? 1 : 0); }

 private:
  int64_t blocks_, smallest_, larger_;
};

void TapProductsF32(const TapPlan& plan, int64_t outputs, int64_t plane, const float* tile,
                    const float* packed, const float* bias, Activation activation, float* y) {
  for (const TapGroup& group : plan.groups) {
    const auto taps = static_cast<int64_t>(group.offsets.size());
    const EqualBlocks pixels(std::ssize(group.outputs), kPixels), pieces(taps, kProductTaps);
    for (int64_t p = 0; p < pixels.blocks(); ++p) {
      for (int64_t t = 0; t < pieces.blocks(); ++t) {
        for (int64_t o = 0; o < outputs; o += kBlockOutputs) {
          const int64_t channels = std::min(kBlockOutputs, outputs - o);
          const ProductBlock block = {tile,
                                      group.windows.data() + pixels.begin(p),
                                      group.outputs.data() + pixels.begin(p),
                                      group.offsets.data() + pieces.begin(t),
                                      pieces.size(t),
                                      packed + o * taps + pieces.begin(t) * channels,
                                      t == 0 ? bias + o : nullptr,
                                      t + 1 == pieces.blocks() ? activation : Activation::kNone,
                                      y + o * plane * kTileImages,
                                      plane};
          Dispatch(kProducts, channels, pixels.size(p), block);
        }
      }
    }
    packed += outputs * taps;
  }
}

// The pixels of a piece, in a block of channels, take half of the first-level cache; they stay there while
// all taps read them.
constexpr int64_t kGradientPixels = 64;

void TapGradientsF32(const TapGroup& down, int64_t tiles, Tiles big, int64_t small_channels, Tiles small,
                     const int32_t* small_places, int64_t small_stride, float* sums) {
  const auto taps = static_cast<int64_t>(down.offsets.size());
  const auto pixels = static_cast<int64_t>(down.windows.size());
  for (int64_t p = 0; p < pixels; p += kGradientPixels) {
    for (int64_t s = 0; s < small_channels; s += kBlockOutputs) {
      for (int64_t t = 0; t < taps; t += kPixels) {
        const GradientBlock block = {tiles,
                                     big,
                                     {small.first + s * small_stride, small.stride},
                                     down.windows.data() + p,
                                     down.offsets.data() + t,
                                     small_places + p,
                                     small_stride,
                                     std::min(kGradientPixels, pixels - p),
                                     sums + (s * taps + t * kBlockOutputs)};
        Dispatch(kGradients, std::min(kBlockOutputs, small_channels - s), std::min(kPixels, taps - t), block);
      }
    }
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

void TapGradients(const TapGroup& down, int64_t tiles, Tiles big, int64_t small_channels, Tiles small,
                  const int32_t* small_places, int64_t small_stride, float* sums) {
  HWY_DYNAMIC_DISPATCH(TapGradientsF32)
  (down, tiles, big, small_channels, small, small_places, small_stride, sums);
}

// [block of channels, tap, channel of the block]
int64_t TapSumsCount(const TapGroup& down, int64_t small_channels) {
  const int64_t blocks = (small_channels + kBlockOutputs - 1) / kBlockOutputs;
  return blocks * kBlockOutputs * static_cast<int64_t>(down.offsets.size());
}

void AddTapSums(const TapGroup& down, int64_t small_channels, const float* sums, float* grads) {
  const auto taps = static_cast<int64_t>(down.offsets.size());
  for (int64_t s = 0; s < small_channels; ++s) {
    const float* const of_channel = sums + s / kBlockOutputs * kBlockOutputs * taps + s % kBlockOutputs;
    for (int64_t t = 0; t < taps; ++t) grads[s * taps + t] += of_channel[t * kBlockOutputs];
  }
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
