#include "hourglass/cuda/dense.h"

#include "hourglass/backend/cpu/with_compute_type.h"
#include "hourglass/cuda/activation.h"
#include "hourglass/cuda/element_operations.h"
#include "hourglass/cuda/matmul.h"
#include "hourglass/cuda/slope.h"

namespace hourglass::cuda {
namespace {

// A tensor [rows, …] as a matrix, or its transpose.
struct Operand {
  const Tensor& tensor;
  bool transposed = false;
};

// The product left · right into `to`. Row by row, a matrix lies in memory as its transpose does column by
// column; hence the product (left · right)ᵀ = rightᵀ leftᵀ of what lies there.
Matmul RowMajorProduct(const Operand& left, const Operand& right, Tensor& to) {
  return {.m = to.row_size(),
          .n = to.rows(),
          .k = left.transposed ? left.tensor.rows() : left.tensor.row_size(),
          .type = left.tensor.dtype(),
          .a = Elements<void>(right.tensor),
          .lda = right.tensor.row_size(),
          .transpose_a = right.transposed,
          .b = Elements<void>(left.tensor),
          .ldb = left.tensor.row_size(),
          .transpose_b = left.transposed,
          .c_type = to.dtype(),
          .c = Elements<void>(to),
          .ldc = to.row_size()};
}

// The same for a layer, whose products of f32 may be rounded to TF32.
Matmul LayerProduct(const Launcher& launcher, const Operand& left, const Operand& right, Tensor& to) {
  Matmul product = RowMajorProduct(left, right, to);
  product.tf32 = launcher.tf32() && product.type == DType::kF32;
  return product;
}

// Weights w for products in a compute type: rounded to it, or a view of w, which is f32.
Tensor WeightsInType(Launcher& launcher, const Tensor& w, DType dtype) {
  if (dtype == DType::kF32) return w.Rows(0, w.rows());
  Tensor rounded(w.device());
  rounded.Resize(w.shape(), dtype);
  Round(launcher, w, rounded);
  return rounded;
}

template <class T>
void ActivateElements(Launcher& launcher, int64_t count, Activation activation, const float* z, T* y) {
  launcher.Loop(count, [=] __device__(int64_t i) { Store(Activate(activation, z[i]), y + i); });
}

}  // namespace

void DenseForward(Launcher& launcher, const Tensor& x, const Tensor& w, const Tensor& b,
                  Activation activation, Tensor& y) {
  // The product is f32 in any case: for the sake of its bias, and so that y is rounded only once.
  Tensor z = y.dtype() == DType::kF32 ? y.Rows(0, y.rows()) : Tensor(y.device());
  z.Resize(y.shape(), DType::kF32);
  const Tensor weights = WeightsInType(launcher, w, x.dtype());
  Matmul product = LayerProduct(launcher, {x}, {weights, /*transposed=*/true}, z);
  product.bias = Elements<float>(b);
  Run(launcher, product);
  if (y.dtype() == DType::kF32 && activation == Activation::kNone) return;
  cpu::WithComputeType(y.dtype(), [&]<class T>() {
    ActivateElements(launcher, y.size(), activation, Elements<float>(z), Elements<T>(y));
  });
}

void DenseBackward(Launcher& launcher, const Tensor& x, const Tensor& w, const Tensor& y,
                   Activation activation, Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) {
  MultiplyBySlope(launcher, activation, y, dy, db);
  Run(launcher, LayerProduct(launcher, {dy, /*transposed=*/true}, {x}, dw));
  if (dx == nullptr) return;
  Run(launcher, LayerProduct(launcher, {dy}, {WeightsInType(launcher, w, x.dtype())}, *dx));
}

void Gram(Launcher& launcher, const Tensor& x, Tensor& g) {
  Matmul product = RowMajorProduct({x, /*transposed=*/true}, {x}, g);
  product.add = true;
  Run(launcher, product);
}

}  // namespace hourglass::cuda
