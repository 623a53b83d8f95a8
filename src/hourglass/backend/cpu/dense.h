// Dense layers on all threads.
#pragma once

#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/backend/cpu/product.h"
#include "hourglass/core/team.h"

namespace hourglass::cpu {

// Tensors are checked and resized by the caller; letters as in backend.h.
class DenseLayers {
 public:
  DenseLayers(Team& team, PairProducts pairs)
      : team_(&team), pairs_(pairs), workspaces_(static_cast<size_t>(team.size())) {}

  // DenseForward of backend.h.
  void Forward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation, Tensor& y);
  // DenseBackward of backend.h.
  void Backward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation, Tensor& dy,
                Tensor& dw, Tensor& db, Tensor* dx);
  // Gram of backend.h.
  void Gram(const Tensor& x, Tensor& g);

 private:
  void MirrorBands(int64_t P, float* g);
  Tensor& workspace(int thread) { return workspaces_[static_cast<size_t>(thread)]; }

  Team* team_;
  PairProducts pairs_;
  std::vector<Tensor> workspaces_;  // of each thread
  Tensor column_sums_;              // f32 [threads, O]
};

}  // namespace hourglass::cpu
