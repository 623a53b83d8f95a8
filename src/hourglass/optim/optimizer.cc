// The list of optimizers; a new one adds a line.
#include "hourglass/optim/optimizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/optim/adam.h"
#include "hourglass/optim/sgd.h"

namespace hourglass {
namespace {

using Factory = std::function<std::unique_ptr<Optimizer>(const OptimizerSettings&, int64_t)>;

AdamSettings WithDecay(AdamSettings settings, DecayKind decay) {
  settings.decay = decay;
  return settings;
}

const std::map<std::string, Factory>& Factories() {
  static const std::map<std::string, Factory> factories = {
      {"adam", [](const auto& s,
                  int64_t size) { return std::make_unique<Adam>(WithDecay(s.adam, DecayKind::kL2), size); }},
      {"adamax",
       [](const auto& s, int64_t size) {
         return std::make_unique<Adamax>(WithDecay(s.adam, DecayKind::kL2), size);
       }},
      {"adamw",
       [](const auto& s, int64_t size) {
         return std::make_unique<Adam>(WithDecay(s.adam, DecayKind::kDecoupled), size);
       }},
      {"sgd",
       [](const auto& s, int64_t size) {
         return std::make_unique<Sgd>(
             SgdSettings{.momentum = s.momentum, .weight_decay = s.adam.weight_decay}, size);
       }},
  };
  return factories;
}

}  // namespace

Tensor Optimizer::Zeros(int64_t size) {
  Tensor zeros({size});
  std::ranges::fill(zeros.span<float>(), 0.0f);
  return zeros;
}

std::vector<std::string> OptimizerNames() {
  std::vector<std::string> names;
  for (const auto& [name, factory] : Factories()) names.push_back(name);
  return names;
}

std::unique_ptr<Optimizer> MakeOptimizer(const OptimizerSettings& settings, int64_t size) {
  const auto found = Factories().find(settings.name);
  if (found == Factories().end()) {
    throw UsageError({.what = fmt::format("unknown optimizer '{}'", settings.name),
                      .hint = DidYouMean(settings.name, OptimizerNames())});
  }
  return found->second(settings, size);
}

}  // namespace hourglass
