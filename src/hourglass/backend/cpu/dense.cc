#include "hourglass/backend/cpu/dense.h"

#include <algorithm>

#include "hourglass/backend/cpu/dense_products.h"
#include "hourglass/backend/cpu/slope.h"
#include "hourglass/backend/cpu/with_compute_type.h"

namespace hourglass::cpu {

void DenseLayers::Forward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                          Tensor& y) {
  WithComputeType(x.dtype(), [&]<class Number>() {
    const auto product = ForwardProduct<Number>(x, w, b, activation, y);
    team_->Run(UsefulThreads(product),
               [&](int thread, int team) { ComputeArea(product, thread, team, pairs_, workspace(thread)); });
  });
}

// Two phases for all of it: threads meet as seldom as possible, because that takes as long as a small
// product.
void DenseLayers::Backward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation,
                           Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) {
  const int64_t N = y.rows(), O = y.row_size();
  column_sums_.Resize({team_->size(), O});
  std::ranges::fill(column_sums_.span<float>(), 0.0f);
  WithComputeType(x.dtype(), [&]<class Number>() {
    const auto multiply_by_slope = [&](int thread, int team) {
      const int64_t begin = N * thread / team, end = N * (thread + 1) / team;
      MultiplyBySlope(activation, y.data<Number>() + begin * O, dy.data<Number>() + begin * O, end - begin, O,
                      column_sums_.data<float>() + thread * O);
    };
    const auto weights = WeightGradient<Number>(x, dy, dw);
    team_->Run(UsefulThreads(weights), multiply_by_slope, [&](int thread, int team) {
      ComputeArea(weights, thread, team, pairs_, workspace(thread));
      if (dx == nullptr) return;
      ComputeArea(InputGradient<Number>(dy, w, *dx), thread, team, pairs_, workspace(thread));
    });
  });
  std::ranges::fill(db.span<float>(), 0.0f);
  for (int thread = 0; thread < team_->size(); ++thread) {
    const float* sums = column_sums_.data<float>() + thread * O;
    for (float& sum : db.span<float>()) sum += *sums++;
  }
}

// The weight gradient of a layer with x on both sides.
void DenseLayers::Gram(const Tensor& x, Tensor& g) {
  auto product = WeightGradient<float>(x, x, g);
  product.accumulation = Accumulation::kAdd;
  team_->Run(UsefulThreads(product),
             [&](int thread, int team) { ComputeArea(product, thread, team, pairs_, workspace(thread)); });
}

}  // namespace hourglass::cpu
