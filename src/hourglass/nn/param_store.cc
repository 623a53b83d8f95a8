#include "hourglass/nn/param_store.h"

#include <algorithm>

#include "hourglass/core/check.h"
#include "hourglass/core/torch_generator.h"

namespace hourglass {
namespace {

constexpr int64_t kAlignment = 16;  // elements: 64 bytes

}  // namespace

int ParamStore::Declare(const std::string& layer_name, const std::vector<ParamSpec>& specs) {
  HOURGLASS_CHECK(values_.empty());
  std::vector<size_t> indices;
  for (const ParamSpec& spec : specs) {
    indices.push_back(named_.size());
    named_.push_back({layer_name + "." + spec.name, spec.shape, total_, spec.init_bound});
    total_ += (spec.shape.size() + kAlignment - 1) / kAlignment * kAlignment;
  }
  layer_params_.push_back(std::move(indices));
  return static_cast<int>(layer_params_.size()) - 1;
}

void ParamStore::Allocate(uint64_t seed) {
  HOURGLASS_CHECK(values_.empty());
  values_.Resize({total_});
  grads_.Resize({total_});
  std::ranges::fill(values_.span<float>(), 0.0f);
  std::ranges::fill(grads_.span<float>(), 0.0f);
  TorchGenerator generator(seed);
  for (const NamedParam& param : named_) {
    generator.FillUniform(Value(param).span<float>(), param.init_bound);
  }
  const auto view = [](Tensor& flat, const NamedParam& param) {
    return Tensor::View(flat.data<float>() + param.offset, param.shape);
  };
  for (const std::vector<size_t>& indices : layer_params_) {
    LayerParams& layer = layers_.emplace_back();
    for (size_t index : indices) {
      layer.values.push_back(view(values_, named_[index]));
      layer.grads.push_back(view(grads_, named_[index]));
    }
  }
}

int64_t ParamStore::count() const {
  int64_t count = 0;
  for (const NamedParam& param : named_) count += param.shape.size();
  return count;
}

Tensor ParamStore::Value(const NamedParam& param) const {
  return Tensor::View(values_.data<float>() + param.offset, param.shape);
}

}  // namespace hourglass
