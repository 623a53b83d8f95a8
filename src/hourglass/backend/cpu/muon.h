// Steps of Muon on all threads.
#pragma once

#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/backend/cpu/dense.h"
#include "hourglass/core/team.h"

namespace hourglass::cpu {

class MuonSteps {
 public:
  // Computes its products as dense layers.
  MuonSteps(Team& team, DenseLayers& dense)
      : team_(&team), dense_(&dense), sums_(static_cast<size_t>(team.size())) {}

  // MuonStep of backend.h; the caller checks the tensors.
  void Step(const MuonSettings& settings, double learning_rate, const Tensor& grads, Tensor& params,
            Tensor& velocity);

 private:
  // Updates the velocity, and writes the direction of the step to x_.
  void Accumulate(double momentum, const Tensor& grads, Tensor& velocity);
  void DivideByNorm();
  void Iterate();

  Team* team_;
  DenseLayers* dense_;
  std::vector<double> sums_;  // one per thread
  // The direction of the step and its next iterate: [n, m] with n ≥ m, so that their Gram matrices are small.
  // A wide matrix lies transposed.
  Tensor x_, next_;
  Tensor gram_, square_;  // [m, m]
  Tensor zeros_;          // [m], the bias of products
};

}  // namespace hourglass::cpu
