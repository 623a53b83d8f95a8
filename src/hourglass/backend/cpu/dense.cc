#include "hourglass/backend/cpu/dense.h"

#include <algorithm>

#include "hourglass/backend/cpu/dense_products.h"
#include "hourglass/backend/cpu/slope.h"
#include "hourglass/backend/cpu/with_compute_type.h"

namespace hourglass::cpu {
namespace {

constexpr int64_t kGramBand = 256;  // a multiple of the tiles in which bands are mirrored

}  // namespace

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

// The weight gradient of a layer with x on both sides, in bands of rows. As the result is symmetric, each
// band begins at the diagonal, which saves almost half of the work.
void DenseLayers::Gram(const Tensor& x, Tensor& g) {
  const int64_t P = x.row_size();
  for (int64_t begin = 0; begin < P; begin += kGramBand) {
    auto band = WeightGradient<float>(x, x, g);
    band.M = std::min(kGramBand, P - begin);
    band.N = P - begin;
    band.a += begin;
    band.b += begin;
    band.c += begin * P + begin;
    band.accumulation = Accumulation::kAdd;
    team_->Run(UsefulThreads(band),
               [&](int thread, int team) { ComputeArea(band, thread, team, pairs_, workspace(thread)); });
  }
  if (P > kGramBand) MirrorBands(P, g.data<float>());
}

// Copies what lies to the right of each band's square to its place below the diagonal, tile by tile, so that
// few lines of the cache are in use at once.
void DenseLayers::MirrorBands(int64_t P, float* g) {
  constexpr int64_t kTile = 16;
  team_->For(P, kTile, [=](int, int64_t first, int64_t last) {
    for (int64_t top = first; top < last; top += kTile) {
      const int64_t bottom = std::min(last, top + kTile), right = top / kGramBand * kGramBand;
      for (int64_t left = 0; left < right; left += kTile) {
        for (int64_t i = top; i < bottom; ++i) {
          for (int64_t j = left; j < left + kTile; ++j) g[i * P + j] = g[j * P + i];
        }
      }
    }
  });
}

}  // namespace hourglass::cpu
