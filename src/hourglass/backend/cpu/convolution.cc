#include "hourglass/backend/cpu/convolution.h"

#include <algorithm>
#include <type_traits>

#include "hourglass/backend/cpu/conv_tile.h"
#include "hourglass/backend/cpu/parallel.h"
#include "hourglass/backend/cpu/with_compute_type.h"

namespace hourglass::cpu {
namespace {

constexpr int64_t kWeightGrain = 256;

ConvSide SideOf(const Tensor& images) {
  return {images.shape()[1], images.shape()[2], images.shape()[3]};
}

float* Room(int64_t floats, Tensor& tensor) {
  tensor.Resize({floats}, DType::kF32);
  return tensor.data<float>();
}

// A zeroed tile of `layout`: LoadTile leaves the borders at zero.
float* ClearTile(const TileLayout& layout, Tensor& tile) {
  return std::fill_n(Room(layout.size(), tile), layout.size(), 0.0f) - layout.size();
}

// The first number of tile `index`, which is a group of x.
template <class T, class AnyTensor>
auto* GroupOf(AnyTensor& x, int64_t index) {
  using Numbers = std::conditional_t<std::is_const_v<AnyTensor>, const T, T>;
  return static_cast<Numbers*>(x.raw()) + index * kTileImages * x.row_size();
}

bool HoldsTiles(const Tensor& y) {
  return y.layout() == RowLayout::kGroups && y.dtype() == DType::kF32;
}

// Tile `index` of x in `layout`: where it lies, or copied into `room`, a cleared tile.
const float* LoadTileOf(const Tensor& x, int64_t index, const TileLayout& layout, float* room) {
  const bool borderless = layout.size() == x.row_size() * kTileImages;
  if (HoldsTiles(x) && borderless) return GroupOf<float>(x, index);
  const int64_t row = index * kTileImages, images = std::min(kTileImages, x.rows() - row);
  WithComputeType(x.dtype(), [&]<class T>() {
    if (x.layout() == RowLayout::kGroups)
      return LoadGroup(GroupOf<T>(x, index), x.row_size(), layout.places.data(), room);
    LoadTile(x.data<T>() + row * x.row_size(), images, x.row_size(), layout.places.data(), room);
  });
  return room;
}

// Where tile `index` of y is computed: in y, or in `room` if y holds something else.
float* TileOf(Tensor& y, int64_t index, Tensor& room) {
  return HoldsTiles(y) ? GroupOf<float>(y, index) : Room(y.row_size() * kTileImages, room);
}

void StoreTileOf(const float* tile, int64_t index, Tensor& y) {
  if (HoldsTiles(y)) return;
  const int64_t row = index * kTileImages, images = std::min(kTileImages, y.rows() - row);
  WithComputeType(y.dtype(), [&]<class T>() {
    if (y.layout() == RowLayout::kGroups) return StoreGroup(tile, y.row_size(), GroupOf<T>(y, index));
    StoreTile(tile, images, y.row_size(), y.data<T>() + row * y.row_size());
  });
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

const float* Convolution::Packed(const TapPlan& plan, int64_t outputs, const Tensor& w) {
  packed_.Resize({PackedTapsCount(plan, outputs)}, DType::kF32);
  PackTaps(plan, outputs, w.data<float>(), packed_.data<float>());
  return packed_.data<float>();
}

void Convolution::Forward(Direction direction, const ConvGeometry& geometry, const Tensor& x, const Tensor& w,
                          const Tensor& b, Activation activation, Tensor& y) {
  const TapPlan& plan = direction == Direction::kDown ? Plan(geometry, x, y).down : Plan(geometry, y, x).up;
  const ConvSide output = SideOf(y);
  const float* packed = Packed(plan, output.channels, w);
  ParallelFor(threads_, Tiles(x), 1, [&](int thread, int64_t begin, int64_t end) {
    Scratch& scratch = scratch_[static_cast<size_t>(thread)];
    float* room = ClearTile(plan.input, scratch.big);
    for (int64_t tile = begin; tile < end; ++tile) {
      float* made = TileOf(y, tile, scratch.output);
      const float* input = LoadTileOf(x, tile, plan.input, room);
      TapProducts(plan, output.channels, output.plane(), input, packed, b.data<float>(), activation, made);
      StoreTileOf(made, tile, y);
    }
  });
}

void Convolution::Backward(Direction direction, const ConvGeometry& geometry, const Tensor& x,
                           const Tensor& w, const Tensor& dz, Tensor& dw, Tensor* dx) {
  const bool down = direction == Direction::kDown;
  const Tensor &big = down ? x : dz, &small = down ? dz : x;
  const ConvPlan& plan = Plan(geometry, big, small);
  const TapPlan& to_dx = down ? plan.up : plan.down;  // backward
  const ConvSide side = SideOf(x);
  const float* packed = Packed(to_dx, side.channels, w);
  no_bias_.Resize({side.channels}, DType::kF32);
  std::ranges::fill(no_bias_.span<float>(), 0.0f);
  for (Scratch& scratch : scratch_) {  // includes threads without a tile, because all are summed below
    std::fill_n(Room(dw.size() * kTileImages, scratch.sums), dw.size() * kTileImages, 0.0f);
  }
  ParallelFor(threads_, Tiles(x), 1, [&](int thread, int64_t begin, int64_t end) {
    Scratch& scratch = scratch_[static_cast<size_t>(thread)];
    float* big_room = ClearTile(plan.down.input, scratch.big);
    float* small_room = ClearTile(plan.up.input, scratch.small);
    for (int64_t tile = begin; tile < end; ++tile) {
      const float* big_tile = LoadTileOf(big, tile, plan.down.input, big_room);
      const float* small_tile = LoadTileOf(small, tile, plan.up.input, small_room);
      TapGradients(plan.down.groups.front(), big_tile, plan.small.channels, small_tile,
                   plan.up.input.places.data(), plan.up.input.padded_plane * kTileImages,
                   scratch.sums.data<float>());
      if (dx == nullptr) continue;
      float* made = TileOf(*dx, tile, scratch.output);
      TapProducts(to_dx, side.channels, side.plane(), down ? small_tile : big_tile, packed,
                  no_bias_.data<float>(), Activation::kNone, made);
      StoreTileOf(made, tile, *dx);
    }
  });
  ParallelFor(threads_, dw.size(), kWeightGrain, [&](int, int64_t begin, int64_t end) {
    for (Scratch& scratch : scratch_) {
      AddLanes(scratch.sums.data<float>() + begin * kTileImages, end - begin, dw.data<float>() + begin);
    }
  });
}

}  // namespace hourglass::cpu
