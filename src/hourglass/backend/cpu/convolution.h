// Convolutions and transposed convolutions, forward and backward. The threads share the tiles.
#pragma once

#include <map>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/backend/cpu/conv_plan.h"
#include "hourglass/core/team.h"

namespace hourglass::cpu {

// kDown, from the big side of a ConvPlan to the small one, is a convolution; kUp is a transposed one.
enum class Direction { kDown, kUp };

// Tensors are checked and resized by the caller.
class Convolution {
 public:
  explicit Convolution(Team& team) : team_(&team), scratch_(static_cast<size_t>(team.size())) {}

  // Writes y = activation(b + the products of w with x).
  void Forward(Direction direction, const ConvGeometry& geometry, const Tensor& x, const Tensor& w,
               const Tensor& b, Activation activation, Tensor& y);
  // Adds to dw, and writes dx unless it is null.
  void Backward(Direction direction, const ConvGeometry& geometry, const Tensor& x, const Tensor& w,
                const Tensor& dz, Tensor& dw, Tensor* dx);

 private:
  struct Scratch {
    std::map<const TileLayout*, Tensor> rooms;  // input tiles, with zero borders
    Tensor output;                              // a tile
    Tensor sums;                                // the thread's part of dw, for AddTapSums
  };

  const ConvPlan& Plan(const ConvGeometry& geometry, const Tensor& big, const Tensor& small);
  // Packs w for the products of `plan`.
  const float* Packed(const TapPlan& plan, int64_t outputs, const Tensor& w);

  Team* team_;
  std::map<std::vector<int64_t>, ConvPlan> plans_;
  std::vector<Scratch> scratch_;
  Tensor packed_, no_bias_;
};

}  // namespace hourglass::cpu
