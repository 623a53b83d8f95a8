// What turns gradients into new parameters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/core/json.h"

namespace hourglass {

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  virtual std::string_view name() const = 0;
  // One step over flat f32 buffers of the size given at construction. Writes params.
  virtual void Step(Backend& backend, double learning_rate, const Tensor& grads, Tensor& params) = 0;

  // All that a resume needs: the number of steps taken, and the flat buffers by name ("m", "v").
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }
  virtual std::vector<std::pair<std::string, Tensor*>> state() = 0;

 protected:
  int64_t steps_ = 0;
};

}  // namespace hourglass
