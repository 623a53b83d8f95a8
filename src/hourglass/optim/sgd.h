// Gradient descent with momentum: PyTorch's SGD without dampening.
#pragma once

#include "hourglass/optim/optimizer.h"

namespace hourglass {

class Sgd : public Optimizer {
 public:
  Sgd(SgdSettings settings, const FlatLayout& layout)
      : settings_(settings), velocity_(Zeros(layout.size, *layout.device)) {}

  std::string_view name() const override { return "sgd"; }
  void Step(Backend& backend, double learning_rate, const Tensor& grads, Tensor& params) override {
    ++steps_;
    backend.SgdStep(settings_, learning_rate, grads, params, velocity_);
  }
  std::vector<std::pair<std::string, Tensor*>> state() override { return {{"velocity", &velocity_}}; }

 private:
  SgdSettings settings_;
  Tensor velocity_;  // [size] f32, initially zero
};

}  // namespace hourglass
