// The parts of a batch, one thread each.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "hourglass/backend/cpu/packed_weights.h"
#include "hourglass/backend/cpu/part_backend.h"

namespace hourglass::cpu {

class Parts {
 public:
  Parts(Team& team, PairProducts pairs);

  // InParts of backend.h.
  void Run(const Backend::Split& split, const std::function<void(const Backend::Part&)>& work);

 private:
  Team* team_;
  PackedWeights weights_;
  std::vector<std::unique_ptr<PartBackend>> backends_;
};

}  // namespace hourglass::cpu
