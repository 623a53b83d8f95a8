// The table of optimizers; each adds one line.
#include "hourglass/optim/optimizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/optim/adam.h"
#include "hourglass/optim/muon.h"
#include "hourglass/optim/sgd.h"

namespace hourglass {
namespace {

struct Kind {
  DecayKind decay;
  std::function<std::unique_ptr<Optimizer>(const OptimizerSettings&, const FlatLayout&)> make;
};

const std::map<std::string, Kind, std::less<>>& Kinds() {
  static const auto adam = [](const OptimizerSettings& s, const FlatLayout& layout) {
    return std::make_unique<Adam>(s.adam, layout);
  };
  static const std::map<std::string, Kind, std::less<>> kinds = {
      {"adam", {DecayKind::kL2, adam}},
      {"adamax",
       {DecayKind::kL2,
        [](const auto& s, const auto& layout) { return std::make_unique<Adamax>(s.adam, layout); }}},
      {"adamw", {DecayKind::kDecoupled, adam}},
      {"muon",
       {DecayKind::kDecoupled,
        [](const auto& s, const auto& layout) {
          return std::make_unique<Muon>(
              MuonSettings{.momentum = s.momentum, .weight_decay = s.adam.weight_decay}, s.adam, layout);
        }}},
      {"sgd",
       {DecayKind::kL2,
        [](const auto& s, const auto& layout) {
          return std::make_unique<Sgd>(
              SgdSettings{.momentum = s.momentum, .weight_decay = s.adam.weight_decay}, layout);
        }}},
  };
  return kinds;
}

const Kind& FindKind(std::string_view name) {
  const auto found = Kinds().find(name);
  if (found != Kinds().end()) return found->second;
  throw UsageError({.what = fmt::format("unknown optimizer '{}'", name),
                    .hint = DidYouMean(std::string(name), OptimizerNames())});
}

}  // namespace

std::vector<std::string> OptimizerNames() {
  std::vector<std::string> names;
  for (const auto& [name, kind] : Kinds()) names.push_back(name);
  return names;
}

DecayKind DecayOf(std::string_view name) {
  return FindKind(name).decay;
}

std::unique_ptr<Optimizer> MakeOptimizer(const OptimizerSettings& settings, const FlatLayout& layout) {
  const Kind& kind = FindKind(settings.name);
  OptimizerSettings whole = settings;
  whole.adam.decay = kind.decay;
  return kind.make(whole, layout);
}

}  // namespace hourglass
