// Adam with PyTorch's order of operations and the L2 kind of weight decay.
#pragma once

#include "hourglass/optim/optimizer.h"

namespace hourglass {

class Adam : public Optimizer {
 public:
  Adam(AdamSettings settings, int64_t size);

  std::string_view name() const override { return "adam"; }
  void Step(Backend& backend, double learning_rate, const Tensor& grads, Tensor& params) override;
  std::vector<std::pair<std::string, Tensor*>> state() override;

 private:
  AdamSettings settings_;
  Tensor m_, v_;  // [size] f32, zero at first
};

}  // namespace hourglass
