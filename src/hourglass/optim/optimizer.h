// Optimizer interface and factory.
#pragma once

#include <cstdint>
#include <memory>
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
  // One step over flat f32 buffers of the layout given at construction. Writes params.
  virtual void Step(Backend& backend, double learning_rate, const Tensor& grads, Tensor& params) = 0;

  // Everything needed to resume: the step count, and the flat buffers by name ("m", "v").
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }
  virtual std::vector<std::pair<std::string, Tensor*>> state() = 0;

 protected:
  int64_t steps_ = 0;
};

// Settings for every optimizer by name; each reads the fields it needs.
struct OptimizerSettings {
  std::string name = "adam";
  AdamSettings adam = {};  // weight_decay applies to every optimizer; `decay` follows from the name
  double momentum = 0.9;
};

// "adam", "adamax", "adamw", "muon", "sgd"
std::vector<std::string> OptimizerNames();

// How weight decay acts in the optimizer of that name. Throws as MakeOptimizer does.
DecayKind DecayOf(std::string_view name);

// Where parameters lie in the flat buffers; zeros fill the gaps.
struct FlatLayout {
  struct Param {
    Shape shape;
    int64_t offset = 0;  // in elements
  };

  int64_t size = 0;                // of a flat buffer, in elements
  Device* device = &HostDevice();  // of the flat buffers and of an optimizer's state
  std::vector<Param> params = {};
};

// Throws a usage Error for an unknown name, with the nearest known one.
std::unique_ptr<Optimizer> MakeOptimizer(const OptimizerSettings& settings, const FlatLayout& layout);

}  // namespace hourglass
