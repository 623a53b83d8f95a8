#include "hourglass/backend/cpu/dense.h"

#include "hourglass/core/check.h"

namespace hourglass::cpu {
namespace {

using dnnl::memory;

memory::data_type OneDnnType(DType dtype) {
  return dtype == DType::kBF16 ? memory::data_type::bf16 : memory::data_type::f32;
}

// A row-major [rows, columns] matrix, or the transpose of one: then [columns, rows].
memory::desc Matrix(int64_t rows, int64_t columns, DType dtype, bool transposed = false) {
  const memory::dims sizes = transposed ? memory::dims{columns, rows} : memory::dims{rows, columns};
  const memory::dims strides = transposed ? memory::dims{1, columns} : memory::dims{columns, 1};
  return {sizes, OneDnnType(dtype), strides};
}

// A [rows, columns] matrix in the layout that oneDNN likes best.
memory::desc AnyLayout(int64_t rows, int64_t columns, DType dtype) {
  return {{rows, columns}, OneDnnType(dtype), memory::format_tag::any};
}

void Append(Activation activation, dnnl::post_ops& post_ops) {
  switch (activation) {
    case Activation::kNone:
      return;
    case Activation::kRelu:
      return post_ops.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
    case Activation::kSigmoid:
      return post_ops.append_eltwise(1, dnnl::algorithm::eltwise_logistic, 0, 0);
    case Activation::kTanh:
      return post_ops.append_eltwise(1, dnnl::algorithm::eltwise_tanh, 0, 0);
  }
}

}  // namespace

// Measured on two Sapphire Rapids cores, N = 2048, 784 → 392, f32: forward takes 2.99 + .10 ms on packed
// weights and 3.15 ms on plain ones; the backward products gain nothing from packing. The inner-product
// primitives are as fast, but cannot add to dw: a pass over it more.
DenseProducts::MatMul DenseProducts::Make(const Key& key) const {
  const auto [product, N, I, O, dtype, y_dtype, activation] = key;
  dnnl::primitive_attr attributes;
  dnnl::post_ops post_ops;
  switch (product) {
    case Product::kForward:
      Append(activation, post_ops);
      attributes.set_post_ops(post_ops);
      return {{Matrix(N, I, dtype), AnyLayout(I, O, dtype), Matrix(1, O, DType::kF32), Matrix(N, O, y_dtype)},
              attributes,
              engine_};
    case Product::kBackwardData:
      return {{Matrix(N, O, dtype), Matrix(O, I, dtype), Matrix(N, I, dtype)}, engine_};
    case Product::kBackwardWeights:
      post_ops.append_sum(1);
      attributes.set_post_ops(post_ops);
      return {{Matrix(N, O, dtype, /*transposed=*/true), Matrix(N, I, dtype), Matrix(O, I, DType::kF32)},
              attributes,
              engine_};
  }
  HOURGLASS_CHECK(false);
  return {};
}

memory DenseProducts::Packed(const Tensor& w, bool transposed, const memory::desc& wanted) {
  const memory::desc desc = Matrix(w.rows(), w.row_size(), w.dtype(), transposed);
  memory plain(desc, engine_, const_cast<void*>(w.raw()));
  if (desc == wanted) return plain;
  packed_.Resize({static_cast<int64_t>(wanted.get_size())}, DType::kU8);
  memory packed(wanted, engine_, packed_.raw());
  dnnl::reorder(plain, packed).execute(stream_, plain, packed);
  return packed;
}

void DenseProducts::Execute(const Key& key, const Tensor& a, const Tensor& b, const Tensor* bias, Tensor& c) {
  auto found = cache_.find(key);
  if (found == cache_.end()) {
    const MatMul made = Make(key);
    found = cache_.emplace(key, std::pair(made, dnnl::matmul(made))).first;
  }
  const auto& [description, primitive] = found->second;
  const auto wrap = [this](const memory::desc& desc, const Tensor& tensor) {
    HOURGLASS_CHECK(desc.get_size() == tensor.byte_size());
    return memory(desc, engine_, const_cast<void*>(tensor.raw()));
  };
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, wrap(description.src_desc(), a)},
      {DNNL_ARG_WEIGHTS, Packed(b, key.product == Product::kForward, description.weights_desc())},
      {DNNL_ARG_DST, wrap(description.dst_desc(), c)}};
  if (bias != nullptr) arguments.emplace(DNNL_ARG_BIAS, wrap(description.bias_desc(), *bias));
  primitive.execute(stream_, arguments);
  stream_.wait();
}

void DenseProducts::Forward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                            Tensor& y) {
  Execute({Product::kForward, x.rows(), w.shape()[1], w.shape()[0], x.dtype(), y.dtype(), activation}, x, w,
          &b, y);
}

void DenseProducts::BackwardData(const Tensor& dz, const Tensor& w, Tensor& dx) {
  Execute({Product::kBackwardData, dz.rows(), w.shape()[1], w.shape()[0], dz.dtype(), dx.dtype(),
           Activation::kNone},
          dz, w, nullptr, dx);
}

void DenseProducts::BackwardWeights(const Tensor& x, const Tensor& dz, Tensor& dw) {
  Execute({Product::kBackwardWeights, x.rows(), dw.shape()[1], dw.shape()[0], x.dtype(), dw.dtype(),
           Activation::kNone},
          dz, x, nullptr, dw);
}

}  // namespace hourglass::cpu
