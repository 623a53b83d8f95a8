#include "hourglass/backend/cpu/convolution.h"

#include <algorithm>

#include "hourglass/backend/cpu/conv_tile.h"
#include "hourglass/backend/cpu/parallel.h"
#include "hourglass/backend/cpu/with_compute_type.h"

namespace hourglass::cpu {
namespace {

constexpr int64_t kWeightGrain = 256;

ConvSide SideOf(const Tensor& images) {
  return {images.shape()[1], images.shape()[2], images.shape()[3]};
}

// A tile of `layout` whose borders are zero: what LoadTile does not touch stays so.
float* ClearTile(const TileLayout& layout, Tensor& tile) {
  tile.Resize({layout.size()}, DType::kF32);
  std::ranges::fill(tile.span<float>(), 0.0f);
  return tile.data<float>();
}

void LoadTileOf(const Tensor& x, int64_t index, const TileLayout& layout, float* tile) {
  const int64_t row = index * kTileImages, images = std::min(kTileImages, x.rows() - row);
  WithComputeType(x.dtype(), [&]<class T>() {
    LoadTile(x.data<T>() + row * x.row_size(), images, x.row_size(), layout.places.data(), tile);
  });
}

void StoreTileOf(const float* tile, int64_t index, Tensor& y) {
  const int64_t row = index * kTileImages, images = std::min(kTileImages, y.rows() - row);
  WithComputeType(
      y.dtype(), [&]<class T>() { StoreTile(tile, images, y.row_size(), y.data<T>() + row * y.row_size()); });
}

int64_t Tiles(const Tensor& x) {
  return (x.rows() + kTileImages - 1) / kTileImages;
}

}  // namespace

const ConvPlan& Convolution::Plan(const ConvGeometry& g, const Tensor& big, const Tensor& small) {
  const ConvSide b = SideOf(big), s = SideOf(small);
  const std::vector<int64_t> key = {g.kernel, g.stride,   g.padding, b.channels, b.height,
                                    b.width,  s.channels, s.height,  s.width};
  auto found = plans_.find(key);
  if (found == plans_.end()) found = plans_.emplace(key, MakeConvPlan(b, s, g)).first;
  return found->second;
}

void Convolution::Run(const TapPlan& plan, const Tensor& x, const Tensor& w, const float* bias,
                      Activation activation, Tensor& y) {
  const ConvSide output = SideOf(y);
  if (bias == nullptr) {
    zero_bias_.Resize({output.channels}, DType::kF32);
    std::ranges::fill(zero_bias_.span<float>(), 0.0f);
    bias = zero_bias_.data<float>();
  }
  packed_.Resize({PackedTapsCount(plan, output.channels)}, DType::kF32);
  PackTaps(plan, output.channels, w.data<float>(), packed_.data<float>());
  ParallelFor(threads_, Tiles(x), 1, [&](int thread, int64_t begin, int64_t end) {
    Scratch& scratch = scratch_[static_cast<size_t>(thread)];
    float* input = ClearTile(plan.input, scratch.input);
    scratch.output.Resize({output.size() * kTileImages}, DType::kF32);
    for (int64_t tile = begin; tile < end; ++tile) {
      LoadTileOf(x, tile, plan.input, input);
      TapProducts(plan, output.channels, output.plane(), input, packed_.data<float>(), bias, activation,
                  scratch.output.data<float>());
      StoreTileOf(scratch.output.data<float>(), tile, y);
    }
  });
}

void Convolution::Down(const ConvGeometry& geometry, const Tensor& big, const Tensor& w, const float* bias,
                       Activation activation, Tensor& small) {
  Run(Plan(geometry, big, small).down, big, w, bias, activation, small);
}

void Convolution::Up(const ConvGeometry& geometry, const Tensor& small, const Tensor& w, const float* bias,
                     Activation activation, Tensor& big) {
  Run(Plan(geometry, big, small).up, small, w, bias, activation, big);
}

void Convolution::BackwardWeights(const ConvGeometry& geometry, const Tensor& big, const Tensor& small,
                                  Tensor& dw) {
  const ConvPlan& plan = Plan(geometry, big, small);
  const TapGroup& windows = plan.down.groups.front();
  const TileLayout& small_layout = plan.up.input;
  for (Scratch& scratch : scratch_) {
    scratch.sums.Resize({dw.size() * kTileImages}, DType::kF32);
    std::ranges::fill(scratch.sums.span<float>(), 0.0f);
  }
  ParallelFor(threads_, Tiles(big), 1, [&](int thread, int64_t begin, int64_t end) {
    Scratch& scratch = scratch_[static_cast<size_t>(thread)];
    float* big_tile = ClearTile(plan.down.input, scratch.input);
    float* small_tile = ClearTile(small_layout, scratch.output);
    for (int64_t tile = begin; tile < end; ++tile) {
      LoadTileOf(big, tile, plan.down.input, big_tile);
      LoadTileOf(small, tile, small_layout, small_tile);
      TapGradients(windows, big_tile, plan.small.channels, small_tile, small_layout.places.data(),
                   small_layout.padded_plane * kTileImages, scratch.sums.data<float>());
    }
  });
  ParallelFor(threads_, dw.size(), kWeightGrain, [&](int, int64_t begin, int64_t end) {
    for (Scratch& scratch : scratch_) {
      AddLanes(scratch.sums.data<float>() + begin * kTileImages, end - begin, dw.data<float>() + begin);
    }
  });
}

}  // namespace hourglass::cpu
