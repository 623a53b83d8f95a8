#include "hourglass/backend/cpu/neighbour_loss.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "hourglass/backend/cpu/element.h"
#include "hourglass/backend/cpu/pair_kernels.h"
#include "hourglass/backend/cpu/with_compute_type.h"

namespace hourglass::cpu {
namespace {

constexpr int64_t kPairGrain = 1 << 14;  // minimum numbers of pairs per thread

}  // namespace

template <class Work>
void NeighbourLossOfCodes::ForRows(const Tensor& z, const Work& work) {
  team_->For(z.rows(), std::max<int64_t>(kPairGrain / z.size(), 1),
             [&](int, int64_t begin, int64_t end) { work(begin, end); });
}

template <class T>
void NeighbourLossOfCodes::Units(const Tensor& z) {
  const int64_t d = z.row_size();
  unit_.Resize(z.shape(), DType::kF32);
  lengths_.clear();
  const T* from = z.data<T>();
  float* to = unit_.data<float>();
  for (int64_t row = 0; row < z.rows(); ++row, from += d, to += d) {
    double square = 0;
    for (int64_t c = 0; c < d; ++c) square += std::pow(static_cast<double>(Wide(from[c])), 2);
    lengths_.push_back(std::sqrt(square));
    for (int64_t c = 0; c < d; ++c)
      to[c] = square > 0 ? static_cast<float>(Wide(from[c]) / lengths_.back()) : 0.0f;
  }
}

// All kinds of repulsion act between all pairs, partners included. What remains of a row's loss is then
// -ln q_ip, of slope q_ip by D_ip, for cosines 1: for negative samples because ln(1 - h) - ln h = ln s - ln
// q.
template <class T>
double NeighbourLossOfCodes::Attract(const NeighbourLossSettings& settings, const Tensor& z,
                                     std::span<const int32_t> partners) {
  const int64_t d = z.row_size();
  const T* codes = z.data<T>();
  double loss = 0;
  for (int64_t i = 0; i < z.rows(); ++i) {
    const int64_t p = partners[static_cast<size_t>(i)];
    if (p < 0) continue;
    const auto difference = [&](int64_t c) {
      return static_cast<double>(Wide(codes[i * d + c])) - static_cast<double>(Wide(codes[p * d + c]));
    };
    double square = 0;
    for (int64_t c = 0; c < d; ++c) square += difference(c) * difference(c);
    const double distance = settings.scale * settings.scale * square, sum = sums_[static_cast<size_t>(i)];
    const bool cosine = settings.repulsion == Repulsion::kCosine;
    const bool negative = settings.repulsion == Repulsion::kNegative;
    const double rho = cosine ? 1 : settings.rho;
    loss += cosine ? distance : std::log1p(distance);
    loss += negative ? std::log(settings.s) + sum : std::log(sum) / rho;
    weights_.data<float>()[i] = negative ? 1.0f : static_cast<float>(1 / (rho * sum));
    for (int64_t c = 0; c < d; ++c) {
      const double force = cosine ? difference(c) : difference(c) / (1 + distance);
      attraction_[static_cast<size_t>(i * d + c)] += force;
      attraction_[static_cast<size_t>(p * d + c)] -= force;
    }
  }
  return loss;
}

// A code may only turn: its force loses what points along it.
void NeighbourLossOfCodes::ForceOn(const NeighbourLossSettings& settings, int64_t row,
                                   std::span<double> force) const {
  const auto d = std::ssize(force);
  for (int64_t c = 0; c < d; ++c) {
    const int64_t at = row * d + c;
    force[static_cast<size_t>(c)] =
        attraction_[static_cast<size_t>(at)] - static_cast<double>(repulsion_.data<float>()[at]);
  }
  if (settings.repulsion != Repulsion::kCosine) return;
  const float* unit = unit_.data<float>() + row * d;
  const double length = lengths_[static_cast<size_t>(row)];
  const double along = std::inner_product(force.begin(), force.end(), unit, 0.0);
  for (double& number : force) number = length > 0 ? (number - along * *unit++) / length : 0;
}

template <class T>
void NeighbourLossOfCodes::AddForces(const NeighbourLossSettings& settings, double factor, int64_t begin,
                                     int64_t end, Tensor& dz) const {
  std::vector<double> force(static_cast<size_t>(dz.row_size()));
  T* to = dz.data<T>() + begin * dz.row_size();
  for (int64_t row = begin; row < end; ++row) {
    ForceOn(settings, row, force);
    for (const double number : force) Add(factor * number, *to++);
  }
}

double NeighbourLossOfCodes::Sum(const NeighbourLossSettings& given, const Tensor& z,
                                 std::span<const int32_t> partners, double weight, Tensor* dz) {
  const int64_t N = z.rows(), d = z.row_size();
  NeighbourLossSettings settings = given;
  if (given.repulsion == Repulsion::kCosine) {
    settings.scale = CosineScale(given.temperature);
    WithComputeType(z.dtype(), [&]<class T>() { Units<T>(z); });
  }
  const Tensor& compared = given.repulsion == Repulsion::kCosine ? unit_ : z;
  packed_.Resize({PackedSize(N, d)});
  weights_.Resize({PackedSize(N, 1)});
  repulsion_.Resize({N, d});
  std::ranges::fill(weights_.span<float>(), 0.0f);
  attraction_.assign(static_cast<size_t>(N * d), 0.0);
  sums_.resize(static_cast<size_t>(N));
  const PackedCodes codes = {packed_.data<float>(), N, d};
  double loss = 0;
  WithComputeType(compared.dtype(), [&]<class T>() {
    PackCodes(compared.data<T>(), N, d, settings.scale, packed_.data<float>());
    ForRows(z,
            [&](int64_t begin, int64_t end) { SumPairs(settings, codes, begin, end, sums_.data() + begin); });
    loss = Attract<T>(settings, compared, partners);
  });
  if (dz == nullptr) return loss;
  const double factor = 2 * settings.scale * settings.scale * weight / static_cast<double>(N);
  WithComputeType(z.dtype(), [&]<class T>() {
    ForRows(z, [&](int64_t begin, int64_t end) {
      RepelPairs(settings, codes, weights_.data<float>(), begin, end, repulsion_.data<float>() + begin * d);
      AddForces<T>(settings, factor, begin, end, *dz);
    });
  });
  return loss;
}

}  // namespace hourglass::cpu
