// Where a convolution reads and writes, as tables computed once per geometry, so that kernels need no strides
// or paddings. A convolution maps a big side (its input) to a small one (its output). The transposed one maps
// the small side to the big one, with the same weights [small channel, big channel, K, K].
#pragma once

#include <cstdint>
#include <vector>

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

constexpr int64_t kTileImages = kGroupRows;  // images stored side by side in a tile

struct ConvSide {
  int64_t channels, height, width;

  int64_t plane() const { return height * width; }
  int64_t size() const { return channels * plane(); }
  bool operator==(const ConvSide&) const = default;
};

// A tile of one side: [channels, padded height, padded width, kTileImages], zero around the images.
struct TileLayout {
  int64_t padded_plane = 0, channels = 0;
  std::vector<int32_t> places;  // offset of each image element, in elements of the tile

  int64_t size() const { return channels * padded_plane * kTileImages; }
};

// Output pixels that read the same taps: output o, pixel p is the sum over t of w[o, weights[t]] times the
// input tile at windows[p] + offsets[t].
struct TapGroup {
  std::vector<int32_t> outputs;  // pixels of the output's plane
  std::vector<int32_t> windows;  // a pixel's place in the input tile, in elements
  std::vector<int32_t> offsets;  // a tap's place relative to it
  std::vector<int32_t> weights;  // a tap's weight, relative to the first weight of the output channel
};

// One direction: how the output is computed from a tile of the input.
struct TapPlan {
  TileLayout input;
  std::vector<TapGroup> groups;  // 1 for a convolution, up to stride² if transposed
  int64_t weight_stride = 0;     // from an output channel's weights to the next one's
};

struct ConvPlan {
  ConvSide big, small;
  TapPlan down;  // big → small: the convolution, or the gradient of a transposed one's input
  TapPlan up;    // small → big: the transposed convolution, or the gradient of a convolution's input
};

// Throws a usage Error if a tile or the weights have 2^31 elements or more.
ConvPlan MakeConvPlan(const ConvSide& big, const ConvSide& small, const ConvGeometry& geometry);

}  // namespace hourglass::cpu
