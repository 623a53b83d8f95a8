// A sequence of layers. The caller owns the activations, so several callers can run one network at once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hourglass/nn/layer.h"
#include "hourglass/nn/params.h"

namespace hourglass {

// Results of the forward pass for the backward pass, reused in every step.
struct Activations {
  std::vector<Tensor> outputs;            // of each layer
  std::vector<Tensor> gradients;          // of the input of each layer, except for the first layer
  std::vector<std::vector<Tensor>> kept;  // by each layer (Pass::kept)
};

class Sequential {
 public:
  // Adds a layer, checks that it accepts the output of the previous layers, and declares its parameters.
  // `input` of the first Add is the shape of one sample.
  explicit Sequential(Shape input) : shapes_{input} {}
  void Add(std::string name, std::unique_ptr<Layer> layer, ParamLayout& layout);

  int size() const { return static_cast<int>(layers_.size()); }
  const Layer& layer(int index) const { return *layers_[static_cast<size_t>(index)].layer; }
  const std::string& layer_name(int index) const { return layers_[static_cast<size_t>(index)].name; }
  int param_index(int index) const { return layers_[static_cast<size_t>(index)].param_index; }
  // Shape of one sample before layer `index`; index = size() is the output.
  const Shape& shape(int index) const { return shapes_[static_cast<size_t>(index)]; }
  const Shape& output_shape() const { return shapes_.back(); }
  // The activation that produces the output.
  Activation output_activation() const { return layers_.back().layer->activation(); }

  // Runs x through all layers. The result is activations.outputs.back(): f32 if `f32_output`, else of the
  // compute type. pass.layer is the index of the first layer.
  const Tensor& Forward(Backend& backend, const FlatParams& params, const Pass& pass, const Tensor& x,
                        Activations& activations, bool f32_output) const;
  // Writes the parameters' gradients into grads. dy (consumed): the gradient of the output, or before its
  // activation if pass.dy_is_dz. dx: receives the gradient of x unless null. `pass` and x must be the same as
  // in Forward.
  void Backward(Backend& backend, const FlatParams& params, FlatParams& grads, const Pass& pass,
                const Tensor& x, Activations& activations, Tensor& dy, Tensor* dx) const;

 private:
  struct Entry {
    std::string name;
    std::unique_ptr<Layer> layer;
    int param_index;
    size_t kept;  // number of tensors
  };
  // The layout of the output of a layer: that of convolutions if they write and read it, perhaps with layers
  // in between that keep it.
  RowLayout OutputLayout(size_t layer, const Backend& backend) const;
  // The settings of `pass` for one layer, and the tensors that it keeps.
  Pass At(const Pass& pass, size_t layer, Backend& backend, Activations& activations) const;

  std::vector<Entry> layers_;
  std::vector<Shape> shapes_;
};

}  // namespace hourglass
