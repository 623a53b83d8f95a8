#include "hourglass/map/detail/grid_repulsion.h"

#include <algorithm>
#include <cmath>

namespace hourglass {
namespace {

// Less than half of the kernel's width. With cubic splines, the field is exact to about 1 % (root mean
// square, points at random); 1/3 is three times as exact and .5 a third, and neither changes the scores of
// MNIST's map.
constexpr double kSpacing = 0.4;
constexpr int64_t kMostNodes = 2048;  // per side; larger maps get a wider spacing
constexpr double kWider = 1.25;       // in such steps, because each needs new kernels
constexpr int64_t kMargin = 4;        // nodes beyond the points: what a spline reaches

// The four nodes that a coordinate touches, and their weights.
struct Splines {
  int64_t first;
  float weights[4];
};

// Rounding must not lead beyond the grid's `nodes`.
inline Splines SplinesAt(float coordinate, float origin, float nodes_per_unit, int64_t nodes) {
  const float last = static_cast<float>(nodes - 3);
  const float place = std::max(1.0f, std::min((coordinate - origin) * nodes_per_unit, last));
  const float whole = std::floor(place), t = place - whole, s = 1 - t;
  constexpr float kSixth = 1.0f / 6;
  return {static_cast<int64_t>(whole) - 1,
          {s * s * s * kSixth, (4 - 3 * t * t * (2 - t)) * kSixth, (4 - 3 * s * s * (2 - s)) * kSixth,
           t * t * t * kSixth}};
}

double SpacingFor(double span) {
  double spacing = kSpacing;
  while (span / spacing > static_cast<double>(kMostNodes - kMargin - 1)) spacing *= kWider;
  return spacing;
}

}  // namespace

void GridRepulsion::Compute(std::span<const float> x, std::span<const float> y) {
  const auto [low_x, high_x] = std::ranges::minmax(x);
  const auto [low_y, high_y] = std::ranges::minmax(y);
  const double span = std::max(double{high_x} - double{low_x}, double{high_y} - double{low_y});
  spacing_ = SpacingFor(span);
  convolution_.Resize(static_cast<int64_t>(span / spacing_) + kMargin + 1, spacing_);
  origin_x_ = static_cast<float>(low_x - 1.5 * spacing_);
  origin_y_ = static_cast<float>(low_y - 1.5 * spacing_);
  Spread(x, y);
  const int64_t nodes = convolution_.nodes();
  field_x_.Resize({nodes, nodes});
  field_y_.Resize({nodes, nodes});
  const double energy =
      convolution_.Convolve(densities_.front().data<float>(), field_x_.data<float>(), field_y_.data<float>());
  energy_ = energy - static_cast<double>(x.size());  // without the points with themselves
}

void GridRepulsion::Spread(std::span<const float> x, std::span<const float> y) {
  const int64_t nodes = convolution_.nodes();
  const auto per_unit = static_cast<float>(1 / spacing_);
  densities_.resize(static_cast<size_t>(team_->size()));
  team_->Run(
      team_->size(),
      [&](int thread, int team) {
        Tensor& density = densities_[static_cast<size_t>(thread)];
        density.Resize({nodes, nodes});
        std::ranges::fill(density.span<float>(), 0.0f);
        float* const grid = density.data<float>();
        const size_t begin = x.size() * static_cast<size_t>(thread) / static_cast<size_t>(team);
        const size_t end = x.size() * static_cast<size_t>(thread + 1) / static_cast<size_t>(team);
        for (size_t i = begin; i < end; ++i) {
          const Splines along_x = SplinesAt(x[i], origin_x_, per_unit, nodes);
          const Splines along_y = SplinesAt(y[i], origin_y_, per_unit, nodes);
          float* row = grid + along_x.first * nodes + along_y.first;
          for (int a = 0; a < 4; ++a, row += nodes) {
            for (int b = 0; b < 4; ++b) row[b] += along_x.weights[a] * along_y.weights[b];
          }
        }
      },
      [&](int thread, int team) {
        float* const sum = densities_.front().data<float>();
        const int64_t begin = nodes * nodes * thread / team, end = nodes * nodes * (thread + 1) / team;
        for (int other = 1; other < team; ++other) {
          const float* density = densities_[static_cast<size_t>(other)].data<float>();
          for (int64_t i = begin; i < end; ++i) sum[i] += density[i];
        }
      });
}

void GridRepulsion::Read(std::span<const float> x, std::span<const float> y, int64_t begin, int64_t end,
                         float* field_x, float* field_y) const {
  const int64_t nodes = convolution_.nodes();
  const auto per_unit = static_cast<float>(1 / spacing_);
  const float *const of_x = field_x_.data<float>(), *const of_y = field_y_.data<float>();
  for (int64_t i = begin; i < end; ++i) {
    const Splines along_x = SplinesAt(x[static_cast<size_t>(i)], origin_x_, per_unit, nodes);
    const Splines along_y = SplinesAt(y[static_cast<size_t>(i)], origin_y_, per_unit, nodes);
    const int64_t at = along_x.first * nodes + along_y.first;
    float sum_x[4] = {}, sum_y[4] = {};
    for (int64_t a = 0; a < 4; ++a) {
      const float* row_x = of_x + at + a * nodes;
      const float* row_y = of_y + at + a * nodes;
      for (int b = 0; b < 4; ++b) {
        sum_x[b] += along_x.weights[a] * row_x[b];
        sum_y[b] += along_x.weights[a] * row_y[b];
      }
    }
    field_x[i] = field_y[i] = 0;
    for (int b = 0; b < 4; ++b) {
      field_x[i] += along_y.weights[b] * sum_x[b];
      field_y[i] += along_y.weights[b] * sum_y[b];
    }
  }
}

}  // namespace hourglass
