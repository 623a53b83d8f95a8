// The three products of a dense layer as oneDNN matrix products; the only code that uses oneDNN's version 2
// interface.
#pragma once

#include <map>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// Tensors are checked and resized by the caller; letters as in backend.h.
class DenseProducts {
 public:
  DenseProducts() : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {}

  // Writes y = activation(x wᵀ + b).
  void Forward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation, Tensor& y);
  // Writes dx = dz w.
  void BackwardData(const Tensor& dz, const Tensor& w, Tensor& dx);
  // Adds dzᵀ x to dw.
  void BackwardWeights(const Tensor& x, const Tensor& dz, Tensor& dw);

 private:
  enum class Product { kForward, kBackwardData, kBackwardWeights };
  // One primitive is created per key.
  struct Key {
    Product product;
    int64_t N, I, O;
    DType dtype, y_dtype;
    Activation activation;
    auto operator<=>(const Key&) const = default;
  };
  // A product with its operands, whose data pointers are set on each call: creating them takes longer than a
  // small product.
  struct Prepared {
    dnnl::matmul product;
    std::unordered_map<int, dnnl::memory> operands;
    dnnl::memory plain_weights;  // the given weights, if `packing` rounds or packs them first
    dnnl::reorder packing;
  };

  dnnl::matmul::primitive_desc Describe(const Key& key) const;
  Prepared& Prepare(const Key& key, const Tensor& b);
  // c = a b, or another product given by `key`, plus bias unless it is null. b is rounded and packed as the
  // product needs it.
  void Execute(const Key& key, const Tensor& a, const Tensor& b, const Tensor* bias, Tensor& c);

  dnnl::engine engine_;
  dnnl::stream stream_;
  std::map<Key, Prepared> cache_;
  Tensor packed_;  // bytes
};

}  // namespace hourglass::cpu
