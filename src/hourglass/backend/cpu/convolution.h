// Convolutions and transposed convolutions, forward and backward, tile by tile over the threads.
#pragma once

#include <map>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/backend/cpu/conv_plan.h"

namespace hourglass::cpu {

// Tensors are checked and resized by the caller. "Big" and "small" are the two sides of a ConvPlan.
class Convolution {
 public:
  explicit Convolution(int threads) : threads_(threads), scratch_(static_cast<size_t>(threads)) {}

  // small = activation(b + w ∗ big), the convolution; and big = activation(b + wᵀ ∗ small), the transposed
  // one. bias may be null: zeros.
  void Down(const ConvGeometry& geometry, const Tensor& big, const Tensor& w, const float* bias,
            Activation activation, Tensor& small);
  void Up(const ConvGeometry& geometry, const Tensor& small, const Tensor& w, const float* bias,
          Activation activation, Tensor& big);

  // Adds to dw the gradient of the weights: of a convolution with big = x and small = dz, of a transposed one
  // with big = dz and small = x.
  void BackwardWeights(const ConvGeometry& geometry, const Tensor& big, const Tensor& small, Tensor& dw);

 private:
  struct Scratch {
    Tensor input, output, sums;  // tiles of the thread; its share of dw, a vector of lanes each
  };

  const ConvPlan& Plan(const ConvGeometry& geometry, const Tensor& big, const Tensor& small);
  void Run(const TapPlan& plan, const Tensor& x, const Tensor& w, const float* bias, Activation activation,
           Tensor& y);

  int threads_;
  std::map<std::vector<int64_t>, ConvPlan> plans_;
  std::vector<Scratch> scratch_;
  Tensor packed_, zero_bias_;
};

}  // namespace hourglass::cpu
