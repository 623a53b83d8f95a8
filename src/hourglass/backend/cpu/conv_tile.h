// The kernels of a convolution on a tile of kTileImages images side by side. The same element of all images
// is one vector, so every channel count, stride and border runs at full width. Measured on the five-layer
// convolutions of MNIST: see bench/RESULTS.md.
#pragma once

#include "hourglass/backend/cpu/conv_plan.h"

namespace hourglass::cpu {

// Writes `images` (at most kTileImages) rows of x to the places of a tile; the lanes of missing images become
// 0. The rest of the tile is untouched.
template <class T>
void LoadTile(const T* x, int64_t images, int64_t row_size, const int32_t* places, float* tile);

// Writes a dense tile [row_size, kTileImages] to `images` rows of y.
template <class T>
void StoreTile(const float* tile, int64_t images, int64_t row_size, T* y);

// As LoadTile and StoreTile, from and to a group [row_size, kTileImages].
template <class T>
void LoadGroup(const T* group, int64_t row_size, const int32_t* places, float* tile);
template <class T>
void StoreGroup(const float* tile, int64_t row_size, T* group);

constexpr int64_t kBlockOutputs = 4;  // output channels computed at once by a block of products

// Writes the weights of `outputs` channels in the order TapProducts reads them: PackedTapsCount floats, as
// [taps, channels of the block] for each group and block of channels.
int64_t PackedTapsCount(const TapPlan& plan, int64_t outputs);
void PackTaps(const TapPlan& plan, int64_t outputs, const float* w, float* packed);

// Writes the dense tile y [outputs, plane, kTileImages] = activation(bias + the products of the plan), and
// keeps sums of the first taps there meanwhile. bias [outputs].
void TapProducts(const TapPlan& plan, int64_t outputs, int64_t plane, const float* tile, const float* packed,
                 const float* bias, Activation activation, float* y);

// Tiles that lie `stride` floats apart.
struct Tiles {
  const float* first;
  int64_t stride;

  const float* operator[](int64_t index) const { return first + index * stride; }
};

// The gradient of the weights of several tiles, for the only group of `down`: for small channel s and tap t,
// the sum over the pixels p and the images of small[s, p] · big[window of p + offset of t]. `small_places`
// are the offsets of the plane's pixels in a small tile; each channel takes `small_stride` elements. Added to
// `sums`: TapSumsCount floats, in an order that AddTapSums knows; it adds them to grads [s, t].
void TapGradients(const TapGroup& down, int64_t tiles, Tiles big, int64_t small_channels, Tiles small,
                  const int32_t* small_places, int64_t small_stride, float* sums);
int64_t TapSumsCount(const TapGroup& down, int64_t small_channels);
void AddTapSums(const TapGroup& down, int64_t small_channels, const float* sums, float* grads);

}  // namespace hourglass::cpu
