// The three products of a dense layer, on all threads.
#pragma once

#include "hourglass/backend/backend.h"
#include "hourglass/backend/cpu/product.h"

namespace hourglass::cpu {

// Tensors are checked and resized by the caller; letters as in backend.h.
class DenseProducts {
 public:
  DenseProducts(int threads, PairProducts pairs) : threads_(threads), pairs_(pairs) {}

  // Writes y = activation(x wᵀ + b).
  void Forward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation, Tensor& y);
  // Writes dx = dz w.
  void BackwardData(const Tensor& dz, const Tensor& w, Tensor& dx);
  // Adds dzᵀ x to dw.
  void BackwardWeights(const Tensor& x, const Tensor& dz, Tensor& dw);

 private:
  // Divides the result among the threads.
  template <class Product>
  void Run(const Product& whole);

  int threads_;
  PairProducts pairs_;
  Tensor workspace_;  // f32 [threads, …]
};

}  // namespace hourglass::cpu
