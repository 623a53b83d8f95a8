#include "hourglass/nn/params.h"

#include <utility>

#include "hourglass/core/torch_generator.h"

namespace hourglass {
namespace {

constexpr int64_t kAlignment = 16;  // elements: 64 bytes

}  // namespace

int ParamLayout::Declare(const std::string& layer_name, const std::vector<ParamSpec>& specs) {
  std::vector<size_t> places;
  for (const ParamSpec& spec : specs) {
    places.push_back(named_.size());
    named_.push_back({layer_name + "." + spec.name, spec.shape, size_, spec.init_bound});
    size_ += (spec.shape.size() + kAlignment - 1) / kAlignment * kAlignment;
  }
  layers_.push_back(std::move(places));
  return static_cast<int>(layers_.size()) - 1;
}

int64_t ParamLayout::count() const {
  int64_t count = 0;
  for (const NamedParam& param : named_) count += param.shape.size();
  return count;
}

FlatParams::FlatParams(const ParamLayout& layout, Device& device)
    : FlatParams(layout, Zeros(layout.size(), device)) {}

FlatParams::FlatParams(const ParamLayout& layout, Tensor flat) : flat_(std::move(flat)) {
  for (const std::vector<size_t>& places : layout.layers()) {
    std::vector<Tensor>& layer = layers_.emplace_back();
    for (size_t place : places) layer.push_back(ParamView(flat_, layout.named()[place]));
  }
}

void DrawInitialValues(const ParamLayout& layout, uint64_t seed, Tensor& flat) {
  TorchGenerator generator(seed);
  for (const NamedParam& param : layout.named()) {
    generator.FillUniform(ParamView(flat, param).span<float>(), param.init_bound);
  }
}

Tensor ParamView(Tensor& flat, const NamedParam& param) {
  return ParamView(std::as_const(flat), param);
}

Tensor ParamView(const Tensor& flat, const NamedParam& param) {
  Tensor view = flat.Rows(param.offset, param.shape.size());
  view.Reshape(param.shape);
  return view;
}

}  // namespace hourglass
