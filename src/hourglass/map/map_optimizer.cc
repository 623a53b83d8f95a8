#include "hourglass/map/map_optimizer.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "hourglass/core/require.h"
#include "hourglass/core/rng.h"
#include "hourglass/map/detail/components.h"
#include "hourglass/map/detail/map_forces.h"

namespace hourglass {
namespace {

// The first row whose entries begin after `share` of all.
int64_t RowAt(const Affinities& affinities, double share) {
  const double entries = share * static_cast<double>(affinities.begin.back());
  const auto at = std::ranges::lower_bound(affinities.begin, static_cast<int64_t>(entries));
  return std::min(at - affinities.begin.begin(), affinities.n);
}

Tensor Filled(const Shape& shape, float value) {
  Tensor tensor(shape);
  std::ranges::fill(tensor.span<float>(), value);
  return tensor;
}

}  // namespace

bool MapIsDone(const MapState& state, const MapSchedule& schedule) {
  if (schedule.iterations > 0) return state.iteration >= schedule.iterations;
  // The fall of the divergence that ends an automatic run, per iteration, as a share of it. A divergence near
  // 0, as of equal points, only jitters.
  constexpr double kLeast = 1e-4, kNearZero = 1e-3;
  constexpr int64_t kMost = 100'000;
  if (state.iteration >= kMost) return true;
  const std::vector<double>& all = state.divergences;
  if (state.iteration < schedule.exaggerated + 2 * kMapMeasured || all.size() < 2) return false;
  const double fall = all[all.size() - 2] - all.back();
  const bool falls = fall >= kLeast * static_cast<double>(kMapMeasured) * std::max(all.back(), kNearZero);
  return !falls;
}

MapState BeginMap(const Tensor& points, int64_t d, uint64_t seed, Team& team) {
  RequireAtLeast("numbers per code", d, 1);
  constexpr float kWidth = 1e-4f, kNoise = 0.1f * kWidth;
  MapState state;
  state.codes = LeadingCoordinates(points, d, seed, team);
  const auto first = state.codes.Rows(0, 1).span<float>();
  double squares = 0;
  for (const float x : first) squares += double{x} * double{x};
  const double deviation = std::sqrt(squares / static_cast<double>(first.size()));
  const float scale = deviation > 0 ? static_cast<float>(kWidth / deviation) : 0;
  const Rng rng(seed, Stream::kMap);
  float* const codes = state.codes.data<float>();
  const int64_t n = points.rows();
  team.For(n, 1, [&](int, int64_t begin, int64_t end) {
    for (int64_t axis = 0; axis < d; ++axis) {
      for (int64_t i = begin; i < end; ++i) {
        float& code = codes[axis * n + i];
        code = scale * code + kNoise * rng.Normal(1, static_cast<uint64_t>(i), static_cast<uint32_t>(axis));
      }
    }
  });
  state.velocity = Filled({d, n}, 0);
  state.gains = Filled({d, n}, 1);
  return state;
}

MapOptimizer::MapOptimizer(const Affinities& affinities, MapState state, const MapSchedule& schedule,
                           uint64_t seed, Team& team)
    : affinities_(&affinities),
      state_(std::move(state)),
      schedule_(schedule),
      team_(&team),
      forces_(MakeMapForces(affinities, state_.codes.rows(), seed, team)),
      gradient_(state_.codes.shape()) {
  for (const Tensor* tensor : {&state_.codes, &state_.velocity, &state_.gains}) {
    RequireTensor("state of the map", *tensor, DType::kF32, {state_.codes.rows(), affinities.n});
  }
  for (int thread = 0; thread <= team.size(); ++thread) {
    rows_.push_back(RowAt(affinities, static_cast<double>(thread) / team.size()));
  }
  rows_.back() = affinities.n;
  self_information_ = 0;
  for (const float p : affinities.values) {
    if (p > 0) self_information_ += double{p} * std::log(double{p});
  }
}

MapOptimizer::~MapOptimizer() = default;

template <class Work>
void MapOptimizer::ForRows(const Work& work) {
  team_->Run(team_->size(), [&](int thread, int) {
    const auto t = static_cast<size_t>(thread);
    work(thread, rows_[t], rows_[t + 1]);
  });
}

void MapOptimizer::Step() {
  const bool exaggerated = state_.iteration < schedule_.exaggerated;
  const double exaggeration = exaggerated ? schedule_.exaggeration : 1;
  const double momentum = exaggerated ? 0.5 : 0.8;
  const double rate = static_cast<double>(affinities_->n) / exaggeration;
  forces_->Prepare(state_.codes, state_.iteration);
  const bool measure = (state_.iteration + 1) % kMapMeasured == 0;
  if (measure) state_.divergences.push_back(Divergence());
  ForRows([&](int, int64_t begin, int64_t end) { forces_->Gradient(exaggeration, begin, end, gradient_); });
  ForRows([&](int, int64_t begin, int64_t end) { Move(momentum, rate, begin, end); });
  if (measure) Centre();
  ++state_.iteration;
}

// A gain grows while its number keeps its direction, and shrinks when it turns back.
void MapOptimizer::Move(double momentum, double rate, int64_t begin, int64_t end) {
  constexpr float kLeastGain = 0.01f, kLongestStep = 5;
  const auto kept = static_cast<float>(momentum), step = static_cast<float>(rate);
  const int64_t n = affinities_->n, d = state_.codes.rows();
  float* const codes = state_.codes.data<float>();
  float* const velocity = state_.velocity.data<float>();
  float* const gains = state_.gains.data<float>();
  const float* const gradient = gradient_.data<float>();
  for (int64_t axis = 0; axis < d; ++axis) {
    for (int64_t i = axis * n + begin; i < axis * n + end; ++i) {
      const bool onward = (gradient[i] > 0) != (velocity[i] > 0);
      gains[i] = std::max(onward ? gains[i] + 0.2f : gains[i] * 0.8f, kLeastGain);
      velocity[i] = kept * velocity[i] - step * gains[i] * gradient[i];
      codes[i] += std::clamp(velocity[i], -kLongestStep, kLongestStep);
    }
  }
}

void MapOptimizer::Centre() {
  for (int64_t axis = 0; axis < state_.codes.rows(); ++axis) {
    const auto row = state_.codes.Rows(axis, 1).span<float>();
    const double mean = std::accumulate(row.begin(), row.end(), 0.0) / static_cast<double>(row.size());
    for (float& value : row) value -= static_cast<float>(mean);
  }
}

double MapOptimizer::Divergence() {
  std::vector<double> parts(static_cast<size_t>(team_->size()));
  ForRows([&](int thread, int64_t begin, int64_t end) {
    parts[static_cast<size_t>(thread)] = forces_->LogKernels(begin, end);
  });
  return self_information_ - std::accumulate(parts.begin(), parts.end(), 0.0) +
         std::log(forces_->normaliser());
}

}  // namespace hourglass
