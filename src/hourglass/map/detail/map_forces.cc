#include "hourglass/map/detail/map_forces.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "hourglass/core/rng.h"
#include "hourglass/map/detail/attraction.h"
#include "hourglass/map/detail/grid_repulsion.h"

namespace hourglass {
namespace {

constexpr int64_t kAllPairs = 1024;  // up to so many points, each repels each
constexpr int64_t kSamples = 512;    // of more points, in more than two dimensions

std::span<const float> RowOf(const Tensor& tensor, int64_t row) {
  const auto size = static_cast<size_t>(tensor.row_size());
  return tensor.span<float>().subspan(static_cast<size_t>(row) * size, size);
}

// In the plane; a map of one number lies on a line in it.
class PlaneForces final : public MapForces {
 public:
  PlaneForces(const Affinities& affinities, Team& team) : affinities_(affinities), repulsion_(team) {
    no_height_.resize(static_cast<size_t>(affinities.n));
    points_.Resize({affinities.n, 2});
    for (Tensor& part : attraction_) part.Resize({affinities.n});
    for (Tensor& part : field_) part.Resize({affinities.n});
  }

  void Prepare(const Tensor& codes, int64_t) override {
    x_ = RowOf(codes, 0);
    y_ = codes.rows() > 1 ? RowOf(codes, 1) : std::span<const float>(no_height_);
    float* const points = points_.data<float>();
    for (size_t i = 0; i < x_.size(); ++i) {
      points[2 * i] = x_[i];
      points[2 * i + 1] = y_[i];
    }
    repulsion_.Compute(x_, y_);
  }

  double normaliser() const override { return repulsion_.energy(); }

  void Gradient(double exaggeration, int64_t begin, int64_t end, Tensor& gradient) const override {
    float* const attraction[] = {attraction_[0].data<float>(), attraction_[1].data<float>()};
    float* const field[] = {field_[0].data<float>(), field_[1].data<float>()};
    Attract(affinities_, points_.data<float>(), begin, end, attraction[0], attraction[1]);
    repulsion_.Read(x_, y_, begin, end, field[0], field[1]);
    const auto pull = static_cast<float>(exaggeration), push = static_cast<float>(1 / normaliser());
    for (int64_t axis = 0; axis < gradient.rows(); ++axis) {
      float* const to = gradient.data<float>() + axis * affinities_.n;
      for (int64_t i = begin; i < end; ++i) to[i] = pull * attraction[axis][i] - push * field[axis][i];
    }
  }

  double LogKernels(int64_t begin, int64_t end) const override {
    return hourglass::LogKernels(affinities_, points_.data<float>(), begin, end);
  }

 private:
  const Affinities& affinities_;
  GridRepulsion repulsion_;
  std::vector<float> no_height_;
  std::span<const float> x_, y_;
  Tensor points_;                            // [n, 2]
  mutable Tensor attraction_[2], field_[2];  // written by rows, each by one thread
};

// Any number of coordinates. All points repel if they are few; else a sample of them does, another one in
// each iteration.
class SampledForces final : public MapForces {
 public:
  SampledForces(const Affinities& affinities, int64_t d, uint64_t seed, Team& team)
      : affinities_(affinities), random_(seed, Stream::kMap), team_(team) {
    samples_ = affinities.n <= kAllPairs ? affinities.n : kSamples;
    sample_.Resize({d, samples_});
    field_.Resize({d, affinities.n});
    energies_.resize(static_cast<size_t>(affinities.n));
  }

  void Prepare(const Tensor& codes, int64_t iteration) override {
    codes_ = &codes;
    Draw(iteration);
    team_.For(affinities_.n, 1, [&](int, int64_t begin, int64_t end) {
      std::vector<float> weights(static_cast<size_t>(samples_));
      for (int64_t i = begin; i < end; ++i) Repel(i, weights);
    });
    // Each point of the sample has met itself, with K = 1.
    const double met = static_cast<double>(samples_) * static_cast<double>(affinities_.n - 1);
    const double pairs = static_cast<double>(affinities_.n) * static_cast<double>(affinities_.n - 1);
    share_ = met / pairs;
    normaliser_ =
        (std::accumulate(energies_.begin(), energies_.end(), 0.0) - static_cast<double>(samples_)) / share_;
  }

  double normaliser() const override { return normaliser_; }

  void Gradient(double exaggeration, int64_t begin, int64_t end, Tensor& gradient) const override {
    const auto pull = static_cast<float>(exaggeration);
    const auto push = static_cast<float>(1 / (share_ * normaliser_));
    for (int64_t axis = 0; axis < gradient.rows(); ++axis) {
      const std::span<const float> from = RowOf(field_, axis);
      for (int64_t i = begin; i < end; ++i) {
        gradient.data<float>()[axis * affinities_.n + i] = -push * from[static_cast<size_t>(i)];
      }
    }
    ForEachEntry(begin, end, [&](int64_t i, int64_t j, float value, float square) {
      const float weight = pull * value / (1 + square);
      for (int64_t axis = 0; axis < gradient.rows(); ++axis) {
        gradient.data<float>()[axis * affinities_.n + i] += weight * (At(axis, i) - At(axis, j));
      }
    });
  }

  double LogKernels(int64_t begin, int64_t end) const override {
    double sum = 0;
    ForEachEntry(begin, end, [&](int64_t, int64_t, float value, float square) {
      sum -= static_cast<double>(value * std::log1p(square));
    });
    return sum;
  }

 private:
  float At(int64_t axis, int64_t i) const { return codes_->data<float>()[axis * affinities_.n + i]; }

  void Draw(int64_t iteration) {
    for (int64_t s = 0; s < samples_; ++s) {
      int64_t i = s;
      if (samples_ < affinities_.n) {
        // One out of each piece of all points, so that none is drawn twice.
        const int64_t first = affinities_.n * s / samples_, last = affinities_.n * (s + 1) / samples_;
        i = first + random_.Below(static_cast<uint32_t>(last - first), static_cast<uint32_t>(iteration + 1),
                                  static_cast<uint64_t>(s), 0);
      }
      for (int64_t axis = 0; axis < sample_.rows(); ++axis) {
        sample_.data<float>()[axis * samples_ + s] = At(axis, i);
      }
    }
  }

  // The field of the sample at point i, and its energy.
  void Repel(int64_t i, std::vector<float>& weights) {
    std::ranges::fill(weights, 1.0f);
    for (int64_t axis = 0; axis < sample_.rows(); ++axis) {
      const float* from = sample_.data<float>() + axis * samples_;
      const float at = At(axis, i);
      for (size_t s = 0; s < weights.size(); ++s) weights[s] += (at - from[s]) * (at - from[s]);
    }
    float energy = 0;
    for (float& weight : weights) {
      weight = 1 / weight;
      energy += weight;
      weight *= weight;
    }
    energies_[static_cast<size_t>(i)] = double{energy};
    for (int64_t axis = 0; axis < sample_.rows(); ++axis) {
      const float* from = sample_.data<float>() + axis * samples_;
      const float at = At(axis, i);
      float sum = 0;
      for (size_t s = 0; s < weights.size(); ++s) sum += weights[s] * (at - from[s]);
      field_.data<float>()[axis * affinities_.n + i] = sum;
    }
  }

  // Calls visit(i, j, p_ij, |y_i - y_j|²).
  template <class Visit>
  void ForEachEntry(int64_t begin, int64_t end, const Visit& visit) const {
    for (int64_t i = begin; i < end; ++i) {
      const auto last = static_cast<size_t>(affinities_.begin[static_cast<size_t>(i) + 1]);
      for (auto at = static_cast<size_t>(affinities_.begin[static_cast<size_t>(i)]); at < last; ++at) {
        const int64_t j = affinities_.columns[at];
        float square = 0;
        for (int64_t axis = 0; axis < codes_->rows(); ++axis) {
          const float difference = At(axis, i) - At(axis, j);
          square += difference * difference;
        }
        visit(i, j, affinities_.values[at], square);
      }
    }
  }

  const Affinities& affinities_;
  Rng random_;
  Team& team_;
  int64_t samples_;
  const Tensor* codes_ = nullptr;
  Tensor sample_;                 // [d, samples]
  Tensor field_;                  // [d, n]
  std::vector<double> energies_;  // of each point with the sample
  double share_ = 1;              // of all pairs that the sample met
  double normaliser_ = 1;
};

}  // namespace

std::unique_ptr<MapForces> MakeMapForces(const Affinities& affinities, int64_t d, uint64_t seed, Team& team) {
  if (d <= 2 && affinities.n > kAllPairs) return std::make_unique<PlaneForces>(affinities, team);
  return std::make_unique<SampledForces>(affinities, d, seed, team);
}

}  // namespace hourglass
