#include "hourglass/nn/sequential.h"

#include <fmt/format.h>

#include <utility>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

void GrowTo(size_t count, Device& device, std::vector<Tensor>& tensors) {
  while (tensors.size() < count) tensors.emplace_back(device);
}

}  // namespace

void Sequential::Add(std::string name, std::unique_ptr<Layer> layer, ParamLayout& layout) {
  try {
    shapes_.push_back(layer->OutputShape(shapes_.back()));
  } catch (const Error& error) {
    throw Error(error.kind(), error.TextAt(fmt::format("layer '{}'", name)));
  }
  const int param_index = layout.Declare(name, layer->param_specs());
  const size_t kept = layer->kept_shapes(shapes_[shapes_.size() - 2]).size();
  layers_.push_back({std::move(name), std::move(layer), param_index, kept});
}

RowLayout Sequential::OutputLayout(size_t layer, const Backend& backend) const {
  size_t writer = layer, reader = layer + 1;
  while (writer > 0 && layers_[writer].layer->KeepsLayout()) --writer;
  while (reader < layers_.size() && layers_[reader].layer->KeepsLayout()) ++reader;
  const bool within_convolutions = reader < layers_.size() && layers_[writer].layer->ConvolvesImages() &&
                                   layers_[reader].layer->ConvolvesImages();
  return within_convolutions ? backend.conv_layout() : RowLayout::kRows;
}

Pass Sequential::At(const Pass& pass, size_t layer, Backend& backend, Activations& activations) const {
  if (activations.kept.size() < layers_.size()) activations.kept.resize(layers_.size());
  std::vector<Tensor>& kept = activations.kept[layer];
  GrowTo(layers_[layer].kept, backend.device(), kept);
  return {.numbers = pass.numbers,
          .layer = pass.layer + static_cast<int>(layer),
          .dy_is_dz = pass.dy_is_dz && layer + 1 == layers_.size(),
          .kept = std::span(kept).first(layers_[layer].kept)};
}

const Tensor& Sequential::Forward(Backend& backend, const FlatParams& params, const Pass& pass,
                                  const Tensor& x, Activations& activations, bool f32_output) const {
  GrowTo(layers_.size(), backend.device(), activations.outputs);
  const Tensor* input = &x;
  for (size_t i = 0; i < layers_.size(); ++i) {
    const bool last = i + 1 == layers_.size();
    const Format format = {last && f32_output ? DType::kF32 : x.dtype(), OutputLayout(i, backend)};
    layers_[i].layer->Forward(backend, params.layer(layers_[i].param_index),
                              At(pass, i, backend, activations), *input, format, activations.outputs[i]);
    input = &activations.outputs[i];
  }
  return *input;
}

void Sequential::Backward(Backend& backend, const FlatParams& params, FlatParams& grads, const Pass& pass,
                          const Tensor& x, Activations& activations, Tensor& dy, Tensor* dx) const {
  GrowTo(layers_.size(), backend.device(), activations.gradients);
  Tensor* gradient = &dy;
  for (size_t i = layers_.size(); i-- > 0;) {
    const Tensor& input = i > 0 ? activations.outputs[i - 1] : x;
    Tensor* input_gradient = i > 0 ? &activations.gradients[i] : dx;
    const int param_index = layers_[i].param_index;
    layers_[i].layer->Backward(backend, params.layer(param_index), grads.layer(param_index),
                               At(pass, i, backend, activations), input, activations.outputs[i], *gradient,
                               input_gradient);
    gradient = input_gradient;
  }
}

}  // namespace hourglass
