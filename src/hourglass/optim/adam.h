// Adam, AdamW and Adamax as PyTorch defines them.
#pragma once

#include "hourglass/optim/optimizer.h"

namespace hourglass {

// Adam with the decay from the settings: kL2 gives PyTorch's Adam, kDecoupled its AdamW.
class Adam : public Optimizer {
 public:
  Adam(AdamSettings settings, const FlatLayout& layout);

  std::string_view name() const override;
  void Step(Backend& backend, double learning_rate, const Tensor& grads, Tensor& params) override;
  std::vector<std::pair<std::string, Tensor*>> state() override;

 private:
  AdamSettings settings_;
  Tensor m_, v_;  // [size] f32, initially zero
};

class Adamax : public Optimizer {
 public:
  // The decay must be kL2.
  Adamax(AdamSettings settings, const FlatLayout& layout);

  std::string_view name() const override { return "adamax"; }
  void Step(Backend& backend, double learning_rate, const Tensor& grads, Tensor& params) override;
  std::vector<std::pair<std::string, Tensor*>> state() override;

 private:
  AdamSettings settings_;
  Tensor m_, u_;  // [size] f32, initially zero
};

}  // namespace hourglass
