#include "hourglass/nn/param_store.h"

#include <algorithm>

#include "hourglass/core/check.h"
#include "hourglass/core/rng.h"

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
  const Rng rng(seed, Stream::kInit);
  for (size_t p = 0; p < named_.size(); ++p) {
    float* value = values_.data<float>() + named_[p].offset;
    for (int64_t i = 0; i < named_[p].shape.size(); ++i) {
      const double uniform = rng.Uniform(0, p, static_cast<uint32_t>(i));
      value[i] = static_cast<float>((2 * uniform - 1) * named_[p].init_bound);
    }
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

Tensor ParamStore::Value(const NamedParam& param) const {
  return Tensor::View(values_.data<float>() + param.offset, param.shape);
}

}  // namespace hourglass
