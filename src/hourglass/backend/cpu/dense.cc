#include "hourglass/backend/cpu/dense.h"

#include <algorithm>
#include <limits>

#include "hourglass/backend/cpu/parallel.h"
#include "hourglass/backend/cpu/product.h"
#include "hourglass/backend/cpu/slope.h"
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

// dw += dzᵀ x.
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

template <class Product>
int64_t Threads(const Product& product) {
  return product.M * product.N * product.K / kThreadGrain;
}

}  // namespace

template <class... Products>
void DenseLayers::Prepare(const Products&... products) {
  workspace_.Resize({threads_, std::max({WorkspaceSize(products)...})});
}

template <class Product>
void DenseLayers::RunPart(const Product& whole, int thread, int team) {
  Multiply(Restricted(whole, PartOf(whole.M, whole.N, thread, team)), pairs_,
           workspace_.data<float>() + thread * workspace_.row_size());
}

void DenseLayers::Forward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                          Tensor& y) {
  const int64_t I = w.shape()[1], O = w.shape()[0];
  WithComputeType(x.dtype(), [&]<class Number>() {
    const RowsProduct<Number> product = {.M = x.rows(),
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
    Prepare(product);
    OnTeam(threads_, Threads(product), [&](int thread, int team) { RunPart(product, thread, team); });
  });
}

// Two phases for all of it: threads meet as seldom as possible, because that takes as long as a small
// product.
void DenseLayers::Backward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation,
                           Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) {
  const int64_t N = y.rows(), O = y.row_size();
  column_sums_.Resize({threads_, O});
  std::ranges::fill(column_sums_.span<float>(), 0.0f);
  WithComputeType(x.dtype(), [&]<class Number>() {
    const auto multiply_by_slope = [&](int thread, int team) {
      const int64_t begin = N * thread / team, end = N * (thread + 1) / team;
      MultiplyBySlope(activation, y.data<Number>() + begin * O, dy.data<Number>() + begin * O, end - begin, O,
                      column_sums_.data<float>() + thread * O);
    };
    const auto weights = WeightGradient<Number>(x, dy, dw);
    if (dx == nullptr) {
      Prepare(weights);
      return OnTeam(threads_, Threads(weights), multiply_by_slope,
                    [&](int thread, int team) { RunPart(weights, thread, team); });
    }
    const auto input = InputGradient<Number>(dy, w, *dx);
    Prepare(weights, input);
    OnTeam(threads_, Threads(weights), multiply_by_slope, [&](int thread, int team) {
      RunPart(weights, thread, team);
      RunPart(input, thread, team);
    });
  });
  for (int thread = 0; thread < threads_; ++thread) {
    const float* sums = column_sums_.data<float>() + thread * O;
    for (float& sum : db.span<float>()) sum += *sums++;
  }
}

// The weight gradient of a layer with x on both sides.
void DenseLayers::Gram(const Tensor& x, Tensor& g) {
  const auto product = WeightGradient<float>(x, x, g);
  Prepare(product);
  OnTeam(threads_, Threads(product), [&](int thread, int team) { RunPart(product, thread, team); });
}

}  // namespace hourglass::cpu
