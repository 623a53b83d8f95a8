// Adam, AdamW and Adamax with PyTorch's order of operations.
#pragma once

#include "hourglass/optim/optimizer.h"

namespace hourglass {

// Adam with the decay of the settings: the L2 kind is PyTorch's Adam, the decoupled one its AdamW.
class Adam : public Optimizer {
 public:
  Adam(AdamSettings settings, int64_t size);

  std::string_view name() const override;
  void Step(Backend& backend, double learning_rate, const Tensor& grads, Tensor& params) override;
  std::vector<std::pair<std::string, Tensor*>> state() override;

 private:
  AdamSettings settings_;
  Tensor m_, v_;  // [size] f32, zero at first
};

class Adamax : public Optimizer {
 public:
  // The decay must be of the L2 kind.
  Adamax(AdamSettings settings, int64_t size);

  std::string_view name() const override { return "adamax"; }
  void Step(Backend& backend, double learning_rate, const Tensor& grads, Tensor& params) override;
  std::vector<std::pair<std::string, Tensor*>> state() override;

 private:
  AdamSettings settings_;
  Tensor m_, u_;  // [size] f32, zero at first
};

}  // namespace hourglass
