#include "hourglass/backend/cpu/convolution.h"

#include <algorithm>
#include <type_traits>

#include "hourglass/backend/cpu/conv_tile.h"
#include "hourglass/backend/cpu/with_compute_type.h"

namespace hourglass::cpu {
namespace {

// Floats of the tiles that are loaded at once: half of the smallest second-level cache.
constexpr int64_t kLoadedFloats = 1 << 17;

ConvSide SideOf(const Tensor& images) {
  return {images.shape()[1], images.shape()[2], images.shape()[3]};
}

float* Room(int64_t floats, Tensor& tensor) {
  tensor.Resize({floats}, DType::kF32);
  return tensor.data<float>();
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

// Whether the tiles of x can be read where they lie. A tile of the size of a group has no borders, so its
// places are those of the group.
bool InPlace(const Tensor& x, const TileLayout& layout) {
  return HoldsTiles(x) && layout.size() == x.row_size() * kTileImages;
}

void LoadTileOf(const Tensor& x, int64_t index, const TileLayout& layout, float* tile) {
  const int64_t row = index * kTileImages, images = std::min(kTileImages, x.rows() - row);
  WithComputeType(x.dtype(), [&]<class T>() {
    if (x.layout() == RowLayout::kGroups)
      return LoadGroup(GroupOf<T>(x, index), x.row_size(), layout.places.data(), tile);
    LoadTile(x.data<T>() + row * x.row_size(), images, x.row_size(), layout.places.data(), tile);
  });
}

// Reads the tiles of a tensor in a layout, up to `most` at once.
class TileReader {
 public:
  // Borders in `room` are cleared only when it grows, because loading leaves them untouched.
  TileReader(const Tensor& x, const TileLayout& layout, int64_t most, Tensor& room)
      : x_(x), layout_(layout), in_place_(InPlace(x, layout)) {
    if (in_place_) return;
    const int64_t floats = most * layout.size();
    if (room.size() < floats) std::fill_n(Room(floats, room), floats, 0.0f);
    room_ = room.data<float>();
  }

  // Tiles begin … begin + count - 1, valid until the next call.
  Tiles Read(int64_t begin, int64_t count) const {
    if (in_place_) return {GroupOf<float>(x_, begin), layout_.size()};
    for (int64_t i = 0; i < count; ++i) LoadTileOf(x_, begin + i, layout_, room_ + i * layout_.size());
    return {room_, layout_.size()};
  }

 private:
  const Tensor& x_;
  const TileLayout& layout_;
  bool in_place_;
  float* room_ = nullptr;
};

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

int64_t TileCount(const Tensor& x) {
  return (x.rows() + kTileImages - 1) / kTileImages;
}

// So many that the sums of the gradients are seldom added up, and the tiles stay in the cache.
int64_t TilesAtOnce(const ConvPlan& plan, const Tensor& big, const Tensor& small) {
  constexpr int64_t kMost = 8;
  int64_t floats = 1;
  if (!InPlace(big, plan.down.input)) floats += plan.down.input.size();
  if (!InPlace(small, plan.up.input)) floats += plan.up.input.size();
  return std::clamp<int64_t>(kLoadedFloats / floats, 1, kMost);
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
  team_->For(TileCount(x), 1, [&](int thread, int64_t begin, int64_t end) {
    Scratch& scratch = scratch_[static_cast<size_t>(thread)];
    const TileReader inputs(x, plan.input, 1, scratch.rooms[&plan.input]);
    for (int64_t tile = begin; tile < end; ++tile) {
      float* made = TileOf(y, tile, scratch.output);
      TapProducts(plan, output.channels, output.plane(), inputs.Read(tile, 1).first, packed, b.data<float>(),
                  activation, made);
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
  const TapGroup& taps = plan.down.groups.front();
  const int64_t S = plan.small.channels, sums = TapSumsCount(taps, S);
  for (Scratch& scratch : scratch_)  // includes threads without a tile, because all are summed below
    std::fill_n(Room(sums, scratch.sums), sums, 0.0f);
  const int64_t most = TilesAtOnce(plan, big, small);
  team_->For(TileCount(x), 1, [&](int thread, int64_t begin, int64_t end) {
    Scratch& scratch = scratch_[static_cast<size_t>(thread)];
    const TileReader bigs(big, plan.down.input, most, scratch.rooms[&plan.down.input]);
    const TileReader smalls(small, plan.up.input, most, scratch.rooms[&plan.up.input]);
    for (int64_t tile = begin; tile < end; tile += most) {
      const int64_t count = std::min(most, end - tile);
      const Tiles big_tiles = bigs.Read(tile, count), small_tiles = smalls.Read(tile, count);
      TapGradients(taps, count, big_tiles, S, small_tiles, plan.up.input.places.data(),
                   plan.up.input.padded_plane * kTileImages, scratch.sums.data<float>());
      for (int64_t i = 0; dx != nullptr && i < count; ++i) {
        float* made = TileOf(*dx, tile + i, scratch.output);
        TapProducts(to_dx, side.channels, side.plane(), down ? small_tiles[i] : big_tiles[i], packed,
                    no_bias_.data<float>(), Activation::kNone, made);
        StoreTileOf(made, tile + i, *dx);
      }
    }
  });
  std::ranges::fill(dw.span<float>(), 0.0f);
  for (Scratch& scratch : scratch_) AddTapSums(taps, S, scratch.sums.data<float>(), dw.data<float>());
}

}  // namespace hourglass::cpu
