#include "hourglass/backend/cpu/dense.h"

#include <algorithm>
#include <limits>

#include "hourglass/backend/cpu/parallel.h"
#include "hourglass/backend/cpu/product.h"
#include "hourglass/backend/cpu/with_compute_type.h"

namespace hourglass::cpu {
namespace {

// Fewer multiplications are faster on one thread.
constexpr int64_t kThreadGrain = 1 << 17;

// Rows and columns of a result [M, N].
struct Part {
  int64_t row, rows, column, columns;
};

// The part of one thread. The result is divided into a grid of parts, and each thread packs the columns of
// its part: so threads need not wait for each other, and none reads what another has just written.
Part PartOf(int64_t M, int64_t N, int thread, int threads) {
  constexpr int64_t kVector = 16;
  constexpr int64_t kPacking = 8;  // packing a vector takes as long as multiplying it with 8 rows
  const int64_t vectors = (N + kVector - 1) / kVector;
  int64_t down = 1, across = 1, least = std::numeric_limits<int64_t>::max();
  for (int64_t d = 1; d <= threads; ++d) {
    if (threads % d != 0) continue;
    const int64_t a = threads / d, cost = (vectors + a - 1) / a * ((M + d - 1) / d + kPacking);
    if (cost >= least) continue;
    least = cost;
    down = d;
    across = a;
  }
  const int64_t i = thread / across, j = thread % across;
  const int64_t row = M * i / down, column = vectors * j / across * kVector;
  return {row, M * (i + 1) / down - row, column, std::min(N, vectors * (j + 1) / across * kVector) - column};
}

template <class Number>
RowsProduct<Number> Restricted(RowsProduct<Number> product, const Part& part) {
  product.M = part.rows;
  product.N = part.columns;
  product.a += part.row * product.K;
  product.b += part.column * (product.order == Order::kRows ? 1 : product.b_stride);
  if (product.bias != nullptr) product.bias += part.column;
  product.y = static_cast<char*>(product.y) +
              (part.row * product.y_stride + part.column) * static_cast<int64_t>(ByteSize(product.y_type));
  return product;
}

template <class Number>
ColumnsProduct<Number> Restricted(ColumnsProduct<Number> product, const Part& part) {
  product.M = part.rows;
  product.N = part.columns;
  product.a += part.row;
  product.b += part.column;
  product.c += part.row * product.c_stride + part.column;
  return product;
}

}  // namespace

template <class Product>
void DenseProducts::Run(const Product& whole) {
  const int64_t room = WorkspaceSize(whole);
  workspace_.Resize({threads_, room});
  OnTeam(threads_, whole.M * whole.N * whole.K / kThreadGrain, [&](int thread, int team) {
    Multiply(Restricted(whole, PartOf(whole.M, whole.N, thread, team)), pairs_,
             workspace_.data<float>() + thread * room);
  });
}

void DenseProducts::Forward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                            Tensor& y) {
  const int64_t I = w.shape()[1], O = w.shape()[0];
  WithComputeType(x.dtype(), [&]<class Number>() {
    Run(RowsProduct<Number>{.M = x.rows(),
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
                            .y_stride = O});
  });
}

void DenseProducts::BackwardData(const Tensor& dz, const Tensor& w, Tensor& dx) {
  const int64_t I = w.shape()[1], O = w.shape()[0];
  WithComputeType(dz.dtype(), [&]<class Number>() {
    Run(RowsProduct<Number>{.M = dz.rows(),
                            .N = I,
                            .K = O,
                            .a = dz.data<Number>(),
                            .b = w.data<float>(),
                            .b_stride = I,
                            .order = Order::kRows,
                            .bias = nullptr,
                            .activation = Activation::kNone,
                            .y = dx.raw(),
                            .y_type = dx.dtype(),
                            .y_stride = I});
  });
}

void DenseProducts::BackwardWeights(const Tensor& x, const Tensor& dz, Tensor& dw) {
  const int64_t I = dw.shape()[1], O = dw.shape()[0];
  WithComputeType(x.dtype(), [&]<class Number>() {
    Run(ColumnsProduct<Number>{.M = O,
                               .N = I,
                               .K = x.rows(),
                               .a = dz.data<Number>(),
                               .a_stride = O,
                               .b = x.data<Number>(),
                               .b_stride = I,
                               .c = dw.data<float>(),
                               .c_stride = I});
  });
}

}  // namespace hourglass::cpu
