// Muon for matrices, AdamW for everything else.
#pragma once

#include "hourglass/optim/optimizer.h"

namespace hourglass {

// Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024. A parameter of rank
// 2 or more is a matrix of shape[0] rows.
class Muon : public Optimizer {
 public:
  // `others` is for parameters of rank 1; its decay must be kDecoupled.
  Muon(MuonSettings settings, AdamSettings others, FlatLayout layout);

  std::string_view name() const override { return "muon"; }
  void Step(Backend& backend, double learning_rate, const Tensor& grads, Tensor& params) override;
  std::vector<std::pair<std::string, Tensor*>> state() override;

 private:
  MuonSettings settings_;
  AdamSettings others_;
  FlatLayout layout_;
  Tensor m_;  // [size] f32, initially zero: momentum of all parameters
  Tensor v_;  // likewise, of the others' squares: the parameters of rank 1, one after the other
};

}  // namespace hourglass
