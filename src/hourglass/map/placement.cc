#include "hourglass/map/placement.h"

#include <algorithm>
#include <span>
#include <vector>

#include "hourglass/core/require.h"
#include "hourglass/map/affinities.h"
#include "hourglass/neighbours/neighbours.h"

namespace hourglass {
namespace {

constexpr int kSteps = 100;
constexpr float kStill = 1e-5f;  // squared length of a step that ends the search

float SquaredDistance(const float* a, const float* b, int64_t d) {
  float sum = 0;
  for (int64_t axis = 0; axis < d; ++axis) sum += (a[axis] - b[axis]) * (a[axis] - b[axis]);
  return sum;
}

// Moves y to the mean of the codes, weighted by p_j K(y - y_j), until it rests: a maximum of Σ p_j ln K.
void Settle(std::span<const uint32_t> nearest, const float* affinities, const float* codes, int64_t d,
            float* y) {
  std::vector<float> next(static_cast<size_t>(d));
  for (int step = 0; step < kSteps; ++step) {
    std::ranges::fill(next, 0.0f);
    float all = 0;
    for (size_t j = 0; j < nearest.size(); ++j) {
      const float* code = codes + static_cast<int64_t>(nearest[j]) * d;
      const float weight = affinities[j] / (1 + SquaredDistance(y, code, d));
      all += weight;
      for (int64_t axis = 0; axis < d; ++axis) next[static_cast<size_t>(axis)] += weight * code[axis];
    }
    for (float& value : next) value /= all;
    const float moved = SquaredDistance(y, next.data(), d);
    std::ranges::copy(next, y);
    if (moved < kStill) return;
  }
}

}  // namespace

Tensor PlaceOnMap(const Tensor& points, const Tensor& codes, const Tensor& added,
                  const PlacementOptions& options, Team& team) {
  RequireEqual("number of codes", codes.rows(), points.rows());
  const Neighbours nearest = NearestNeighbours(points, added,
                                               {.distance = options.distance,
                                                .k = std::min(options.neighbours, points.rows()),
                                                .threads = team.size()});
  const double perplexity[] = {std::min(options.perplexity, static_cast<double>(nearest.k))};
  const std::vector<float> affinities = ConditionalAffinities(nearest, perplexity, team);
  const int64_t d = codes.row_size();
  Tensor placed({added.rows(), d});
  team.For(added.rows(), 1, [&](int, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* const y = placed.data<float>() + i * d;
      const std::span<const uint32_t> of = nearest.Of(i);
      std::copy_n(codes.data<float>() + static_cast<int64_t>(of.front()) * d, d, y);
      Settle(of, affinities.data() + i * nearest.k, codes.data<float>(), d, y);
    }
  });
  return placed;
}

}  // namespace hourglass
