// Dense layers as matrix products, and how threads share one. Letters as in backend.h.
#pragma once

#include <cstdint>

#include "hourglass/backend/backend.h"
#include "hourglass/backend/cpu/product.h"

namespace hourglass::cpu {

// y = activation(x wᵀ + b).
template <class Number>
RowsProduct<Number> ForwardProduct(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                                   Tensor& y) {
  const int64_t O = w.shape()[0], I = w.shape()[1];
  return {.M = x.rows(),
          .N = O,
          .K = I,
          .a = x.data<Number>(),
          .b = w.data<float>(),
          .b_stride = I,
          .order = Order::kColumns,
          .bias = b.data<float>(),
          .activation = activation,
          .y = y.raw(),
          .y_type = y.dtype(),
          .y_stride = O};
}

// dx = dz w.
template <class Number>
RowsProduct<Number> InputGradient(const Tensor& dz, const Tensor& w, Tensor& dx) {
  return {.M = dz.rows(),
          .N = dx.row_size(),
          .K = dz.row_size(),
          .a = dz.data<Number>(),
          .b = w.data<float>(),
          .b_stride = dx.row_size(),
          .order = Order::kRows,
          .bias = nullptr,
          .activation = Activation::kNone,
          .y = dx.raw(),
          .y_type = dx.dtype(),
          .y_stride = dx.row_size()};
}

// dw = dzᵀ x.
template <class Number>
ColumnsProduct<Number> WeightGradient(const Tensor& x, const Tensor& dz, Tensor& dw) {
  return {.M = dz.row_size(),
          .N = x.row_size(),
          .K = x.rows(),
          .a = dz.data<Number>(),
          .a_stride = dz.row_size(),
          .b = x.data<Number>(),
          .b_stride = x.row_size(),
          .c = dw.data<float>(),
          .c_stride = x.row_size()};
}

// How many threads a product of M · N · K multiplications is worth.
template <class Product>
int64_t UsefulThreads(const Product& product) {
  constexpr int64_t kThreadGrain = 1 << 17;  // fewer multiplications are faster on one thread
  return product.M * product.N * product.K / kThreadGrain;
}

// Rows and columns of a result [M, N].
struct Area {
  int64_t row, rows, column, columns;
};

// The area of one thread. The result is divided into a grid of areas, and each thread packs the columns of
// its area: so threads need not wait for each other, and none reads what another has just written.
Area AreaOf(int64_t M, int64_t N, int thread, int threads);

template <class Number>
RowsProduct<Number> Restricted(RowsProduct<Number> product, const Area& area) {
  product.M = area.rows;
  product.N = area.columns;
  product.a += area.row * product.K;
  product.b += area.column * (product.order == Order::kRows ? 1 : product.b_stride);
  if (product.bias != nullptr) product.bias += area.column;
  product.y = static_cast<char*>(product.y) +
              (area.row * product.y_stride + area.column) * static_cast<int64_t>(ByteSize(product.y_type));
  return product;
}

template <class Number>
ColumnsProduct<Number> Restricted(ColumnsProduct<Number> product, const Area& area) {
  product.M = area.rows;
  product.N = area.columns;
  product.a += area.row;
  product.b += area.column;
  product.c += area.row * product.c_stride + area.column;
  return product;
}

// Computes a product, or the area of one of `team` threads. The workspace grows as needed.
template <class Product>
void Compute(const Product& product, PairProducts pairs, Tensor& workspace) {
  workspace.Resize({WorkspaceSize(product)}, DType::kF32);
  Multiply(product, pairs, workspace.data<float>());
}
template <class Product>
void ComputeArea(const Product& product, int thread, int team, PairProducts pairs, Tensor& workspace) {
  Compute(Restricted(product, AreaOf(product.M, product.N, thread, team)), pairs, workspace);
}

}  // namespace hourglass::cpu
