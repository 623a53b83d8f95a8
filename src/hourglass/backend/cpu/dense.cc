#include "hourglass/backend/cpu/dense.h"

#include "hourglass/core/check.h"

namespace hourglass::cpu {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

memory::data_type OneDnnType(DType dtype) {
  return dtype == DType::kBF16 ? memory::data_type::bf16 : memory::data_type::f32;
}

memory::desc Matrix(int64_t rows, int64_t columns, DType dtype, Tag layout = Tag::ab) {
  return {{rows, columns}, OneDnnType(dtype), layout};
}

dnnl::primitive_attr Fused(Activation activation) {
  dnnl::post_ops post_ops;
  switch (activation) {
    case Activation::kNone:
      break;
    case Activation::kRelu:
      post_ops.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
      break;
    case Activation::kSigmoid:
      post_ops.append_eltwise(1, dnnl::algorithm::eltwise_logistic, 0, 0);
      break;
    case Activation::kTanh:
      post_ops.append_eltwise(1, dnnl::algorithm::eltwise_tanh, 0, 0);
      break;
  }
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(post_ops);
  return attributes;
}

}  // namespace

// Layouts by measurement, N 2048, 784 → 392, two Sapphire Rapids cores: forward is 7 % faster on weights that
// oneDNN packs (2.96 + .09 ms for the packing against 3.18), both backward products on plain ones (2.96
// and 3.05 ms against 3.26 and 3.74).
DenseProducts::Entry DenseProducts::Make(const Key& key) const {
  const auto [kind, N, I, O, dtype, y_dtype, activation] = key;
  const memory::desc x = Matrix(N, I, dtype), y = Matrix(N, O, y_dtype);
  const memory::desc plain_w = Matrix(O, I, dtype), any_w = Matrix(O, I, dtype, Tag::any);
  const memory::desc bias({O}, memory::data_type::f32, Tag::a);
  const dnnl::inner_product_forward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, x, kind == Key::Kind::kForward ? any_w : plain_w, bias, y},
      Fused(activation), engine_);
  switch (kind) {
    case Key::Kind::kForward:
      return {dnnl::inner_product_forward(forward), x, forward.weights_desc(), y};
    case Key::Kind::kBackwardData:
      return {dnnl::inner_product_backward_data({{x, plain_w, y}, engine_, forward}), x, plain_w, y};
    case Key::Kind::kBackwardWeights: {
      const memory::desc f32_w = Matrix(O, I, DType::kF32);
      return {dnnl::inner_product_backward_weights({{x, f32_w, y}, engine_, forward}), x, f32_w, y};
    }
  }
  HOURGLASS_CHECK(false);
  return {};
}

const DenseProducts::Entry& DenseProducts::Find(const Key& key) {
  const auto found = cache_.find(key);
  return found != cache_.end() ? found->second : cache_.emplace(key, Make(key)).first->second;
}

memory DenseProducts::Wrap(const memory::desc& desc, const Tensor& tensor) const {
  HOURGLASS_CHECK(desc.get_size() == tensor.byte_size());
  return {desc, engine_, const_cast<void*>(tensor.raw())};
}

memory DenseProducts::Packed(const Tensor& w, const memory::desc& wanted) {
  const memory plain = Wrap(Matrix(w.shape()[0], w.shape()[1], DType::kF32), w);
  if (plain.get_desc() == wanted) return plain;
  packed_.Resize({static_cast<int64_t>(wanted.get_size())}, DType::kU8);
  memory packed(wanted, engine_, packed_.raw());
  dnnl::reorder(plain, packed).execute(stream_, const_cast<memory&>(plain), packed);
  return packed;
}

void DenseProducts::Forward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                            Tensor& y) {
  const Entry& entry =
      Find({Key::Kind::kForward, x.rows(), w.shape()[1], w.shape()[0], x.dtype(), y.dtype(), activation});
  const memory bias({{b.size()}, memory::data_type::f32, Tag::a}, engine_, const_cast<void*>(b.raw()));
  entry.primitive.execute(stream_, {{DNNL_ARG_SRC, Wrap(entry.x, x)},
                                    {DNNL_ARG_WEIGHTS, Packed(w, entry.w)},
                                    {DNNL_ARG_BIAS, bias},
                                    {DNNL_ARG_DST, Wrap(entry.y, y)}});
  stream_.wait();
}

void DenseProducts::BackwardData(const Tensor& dz, const Tensor& w, Tensor& dx) {
  const Entry& entry = Find({Key::Kind::kBackwardData, dz.rows(), w.shape()[1], w.shape()[0], dz.dtype(),
                             dz.dtype(), Activation::kNone});
  entry.primitive.execute(stream_, {{DNNL_ARG_DIFF_DST, Wrap(entry.y, dz)},
                                    {DNNL_ARG_WEIGHTS, Packed(w, entry.w)},
                                    {DNNL_ARG_DIFF_SRC, Wrap(entry.x, dx)}});
  stream_.wait();
}

void DenseProducts::BackwardWeights(const Tensor& x, const Tensor& dz, Tensor& dw) {
  const Entry& entry = Find({Key::Kind::kBackwardWeights, x.rows(), dw.shape()[1], dw.shape()[0], x.dtype(),
                             dz.dtype(), Activation::kNone});
  entry.primitive.execute(stream_, {{DNNL_ARG_SRC, Wrap(entry.x, x)},
                                    {DNNL_ARG_DIFF_DST, Wrap(entry.y, dz)},
                                    {DNNL_ARG_DIFF_WEIGHTS, Wrap(entry.w, dw)}});
  stream_.wait();
}

}  // namespace hourglass::cpu
