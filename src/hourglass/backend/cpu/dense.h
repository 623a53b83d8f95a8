// The products of a dense layer, by oneDNN's inner product; the one place that knows oneDNN 2's interface for
// it.
#pragma once

#include <map>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

class DenseProducts {
 public:
  DenseProducts() : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {}

  // y = activation(x wᵀ + b), as Backend::DenseForward, on checked and resized tensors.
  void Forward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation, Tensor& y);
  // dx = dz w.
  void BackwardData(const Tensor& dz, const Tensor& w, Tensor& dx);
  // Writes dw = dzᵀ x.
  void BackwardWeights(const Tensor& x, const Tensor& dz, Tensor& dw);

 private:
  // A primitive is made once for each of these.
  struct Key {
    enum class Kind { kForward, kBackwardData, kBackwardWeights } kind;
    int64_t N, I, O;
    DType dtype, y_dtype;
    Activation activation;
    auto operator<=>(const Key&) const = default;
  };
  struct Entry {
    dnnl::primitive primitive;
    dnnl::memory::desc x, w, y;  // as the primitive wants them; x and y are row-major
  };

  const Entry& Find(const Key& key);
  Entry Make(const Key& key) const;
  // w in the layout and type that `wanted` describes: w itself, or packed into scratch.
  dnnl::memory Packed(const Tensor& w, const dnnl::memory::desc& wanted);
  dnnl::memory Wrap(const dnnl::memory::desc& desc, const Tensor& tensor) const;

  dnnl::engine engine_;
  dnnl::stream stream_;
  std::map<Key, Entry> cache_;
  Tensor packed_;  // bytes
};

}  // namespace hourglass::cpu
