#include "hourglass/backend/cpu/muon.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "hourglass/backend/cpu/passes.h"

namespace hourglass::cpu {
namespace {

constexpr int64_t kGrain = 1 << 14;  // minimum elements per thread; for fewer, waking it costs more

// Calls visit(element, the same element in x_) for every element of a matrix of that shape.
template <class Visit>
void VisitPairs(Team& team, const Shape& shape, const Visit& visit) {
  const int64_t rows = shape[0], columns = shape.row_size();
  const bool transposed = rows < columns;
  const int64_t n = std::max(rows, columns), m = std::min(rows, columns);
  const int64_t row_stride = transposed ? 1 : columns, column_stride = transposed ? columns : 1;
  team.For(n, std::max<int64_t>(1, kGrain / m), [&](int, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t j = 0; j < m; ++j) visit(i * row_stride + j * column_stride, i * m + j);
    }
  });
}

}  // namespace

void MuonSteps::Step(const MuonSettings& settings, double learning_rate, const Tensor& grads, Tensor& params,
                     Tensor& velocity) {
  const int64_t rows = params.rows(), columns = params.row_size();
  x_.Resize({std::max(rows, columns), std::min(rows, columns)});
  Accumulate(settings.momentum, grads, velocity);
  DivideByNorm();
  for (int i = 0; i < kMuonIterations; ++i) Iterate();
  const auto kept = static_cast<float>(1 - learning_rate * settings.weight_decay);
  const auto rate = static_cast<float>(learning_rate * MuonScale(rows, columns));
  float* p = params.data<float>();
  const float* x = x_.data<float>();
  VisitPairs(*team_, params.shape(), [=](int64_t i, int64_t j) { p[i] = kept * p[i] - rate * x[j]; });
}

void MuonSteps::Accumulate(double momentum, const Tensor& grads, Tensor& velocity) {
  const auto share = static_cast<float>(momentum);
  const float* g = grads.data<float>();
  float *v = velocity.data<float>(), *x = x_.data<float>();
  VisitPairs(*team_, grads.shape(), [=](int64_t i, int64_t j) {
    v[i] = share * v[i] + g[i];
    x[j] = g[i] + share * v[i];
  });
}

void MuonSteps::DivideByNorm() {
  float* x = x_.data<float>();
  std::ranges::fill(sums_, 0.0);
  team_->For(x_.size(), kGrain, [&](int thread, int64_t begin, int64_t end) {
    sums_[static_cast<size_t>(thread)] = SumOfSquares(x + begin, end - begin);
  });
  const double norm = std::sqrt(std::accumulate(sums_.begin(), sums_.end(), 0.0));
  const auto factor = static_cast<float>(1 / (norm + kMuonEpsilon));
  team_->For(x_.size(), kGrain,
             [&](int, int64_t begin, int64_t end) { ScaleElements(factor, end - begin, x + begin); });
}

// x = x (a + b xᵀx + c (xᵀx)²). The polynomial is symmetric, so that a dense layer can multiply with it.
void MuonSteps::Iterate() {
  const int64_t m = x_.row_size();
  gram_.Resize({m, m});
  square_.Resize({m, m});
  zeros_.Resize({m});
  next_.Resize(x_.shape());
  std::ranges::fill(gram_.span<float>(), 0.0f);
  std::ranges::fill(zeros_.span<float>(), 0.0f);
  dense_->Gram(x_, gram_);
  dense_->Forward(gram_, gram_, zeros_, Activation::kNone, square_);
  float* p = gram_.data<float>();
  const float* s = square_.data<float>();
  team_->For(m * m, kGrain, [=](int, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) p[i] = kMuonPolynomial.b * p[i] + kMuonPolynomial.c * s[i];
  });
  for (int64_t i = 0; i < m; ++i) p[i * m + i] += kMuonPolynomial.a;
  dense_->Forward(x_, gram_, zeros_, Activation::kNone, next_);
  std::swap(x_, next_);
}

}  // namespace hourglass::cpu
