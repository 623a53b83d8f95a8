// All parameters of a model in one flat f32 buffer and all gradients in another; layers see views. So there
// is one optimizer loop and one write to disk.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/nn/layer.h"

namespace hourglass {

struct NamedParam {
  std::string name;  // "fc1.weight"
  Shape shape;
  int64_t offset;  // in elements of the flat buffers
  double init_bound;
};

class ParamStore {
 public:
  // Declares the parameters of one layer; returns the layer's index. Only before Allocate().
  int Declare(const std::string& layer_name, const std::vector<ParamSpec>& specs);
  // Allocates the buffers and draws the initial values: uniform in [-bound, bound], one parameter after the
  // other as declared, each the number that PyTorch draws for it after torch.manual_seed(seed).
  void Allocate(uint64_t seed);

  LayerParams& layer(int index) { return layers_[static_cast<size_t>(index)]; }
  const LayerParams& layer(int index) const { return layers_[static_cast<size_t>(index)]; }
  std::span<const NamedParam> named() const { return named_; }
  int64_t size() const { return values_.size(); }
  int64_t count() const;  // of the parameters themselves, without the gaps between

  // Flat, f32, [size()]. Every parameter starts at a multiple of 16 elements; the gaps between are zero.
  Tensor& values() { return values_; }
  const Tensor& values() const { return values_; }
  Tensor& grads() { return grads_; }
  // One parameter as a view of the flat values, in its own shape.
  Tensor Value(const NamedParam& param) const;

  void ZeroGrads(Backend& backend) { backend.Zero(grads_); }

 private:
  std::vector<NamedParam> named_;
  std::vector<std::vector<size_t>> layer_params_;  // indices into named_, a list a layer
  std::vector<LayerParams> layers_;
  Tensor values_, grads_;
  int64_t total_ = 0;
};

}  // namespace hourglass
