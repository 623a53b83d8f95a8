// All parameters of a model in one flat f32 buffer; layers see views of it. So one optimizer loop and one
// disk write suffice.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "hourglass/nn/layer.h"

namespace hourglass {

struct NamedParam {
  std::string name;  // "fc1.weight"
  Shape shape;
  int64_t offset;  // in elements of the flat buffers
  double init_bound;
};

// The position of each parameter in a flat buffer: at multiples of 16 elements, with zeros in the gaps.
class ParamLayout {
 public:
  // Declares the parameters of one layer; returns the layer's index.
  int Declare(const std::string& layer_name, const std::vector<ParamSpec>& specs);

  std::span<const NamedParam> named() const { return named_; }
  // The parameters of each layer as indices into named(), in the order of its param_specs().
  const std::vector<std::vector<size_t>>& layers() const { return layers_; }
  int64_t size() const { return size_; }  // of a flat buffer, in elements
  int64_t count() const;                  // of the parameters themselves, excluding gaps

 private:
  std::vector<NamedParam> named_;
  std::vector<std::vector<size_t>> layers_;
  int64_t size_ = 0;
};

// A flat buffer with one view per parameter: f32, [layout.size()], initially zero.
class FlatParams {
 public:
  FlatParams() = default;
  explicit FlatParams(const ParamLayout& layout, Device& device = HostDevice());
  // Takes `flat`, f32 [layout.size()], as the buffer.
  FlatParams(const ParamLayout& layout, Tensor flat);

  Tensor& flat() { return flat_; }
  const Tensor& flat() const { return flat_; }
  std::span<Tensor> layer(int index) { return layers_[static_cast<size_t>(index)]; }
  std::span<const Tensor> layer(int index) const { return layers_[static_cast<size_t>(index)]; }

 private:
  Tensor flat_;
  std::vector<std::vector<Tensor>> layers_;  // views of flat_
};

// Draws initial values uniformly in [-bound, bound], parameter by parameter in declaration order. They equal
// PyTorch's after torch.manual_seed(seed).
void DrawInitialValues(const ParamLayout& layout, uint64_t seed, Tensor& flat);

// One parameter as a view of a flat buffer, in the parameter's shape.
Tensor ParamView(Tensor& flat, const NamedParam& param);
Tensor ParamView(const Tensor& flat, const NamedParam& param);

}  // namespace hourglass
