#include "hourglass/backend/cpu/neighbour_loss.h"

#include <algorithm>
#include <cmath>

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

// Both kinds of repulsion act between all pairs, partners included. What remains of a row's loss is then
// -ln q_ip, of slope q_ip by D_ip: for negative samples because ln(1 - h) - ln h = ln s - ln q.
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
    const bool info_nce = settings.repulsion == Repulsion::kInfoNce;
    loss += std::log1p(distance) + (info_nce ? std::log(sum) / settings.rho : std::log(settings.s) + sum);
    weights_.data<float>()[i] = info_nce ? static_cast<float>(1 / (settings.rho * sum)) : 1.0f;
    for (int64_t c = 0; c < d; ++c) {
      const double force = difference(c) / (1 + distance);
      attraction_[static_cast<size_t>(i * d + c)] += force;
      attraction_[static_cast<size_t>(p * d + c)] -= force;
    }
  }
  return loss;
}

template <class T>
void NeighbourLossOfCodes::AddForces(double factor, int64_t begin, int64_t end, Tensor& dz) const {
  const int64_t d = dz.row_size();
  for (int64_t at = begin * d; at < end * d; ++at) {
    Add(factor * (attraction_[static_cast<size_t>(at)] - static_cast<double>(repulsion_.data<float>()[at])),
        dz.data<T>()[at]);
  }
}

double NeighbourLossOfCodes::Sum(const NeighbourLossSettings& settings, const Tensor& z,
                                 std::span<const int32_t> partners, double weight, Tensor* dz) {
  const int64_t N = z.rows(), d = z.row_size();
  packed_.Resize({PackedSize(N, d)});
  weights_.Resize({PackedSize(N, 1)});
  repulsion_.Resize({N, d});
  std::ranges::fill(weights_.span<float>(), 0.0f);
  attraction_.assign(static_cast<size_t>(N * d), 0.0);
  sums_.resize(static_cast<size_t>(N));
  const PackedCodes codes = {packed_.data<float>(), N, d};
  double loss = 0;
  WithComputeType(z.dtype(), [&]<class T>() {
    PackCodes(z.data<T>(), N, d, settings.scale, packed_.data<float>());
    ForRows(z,
            [&](int64_t begin, int64_t end) { SumPairs(settings, codes, begin, end, sums_.data() + begin); });
    loss = Attract<T>(settings, z, partners);
    if (dz == nullptr) return;
    const double factor = 2 * settings.scale * settings.scale * weight / static_cast<double>(N);
    ForRows(z, [&](int64_t begin, int64_t end) {
      RepelPairs(settings, codes, weights_.data<float>(), begin, end, repulsion_.data<float>() + begin * d);
      AddForces<T>(factor, begin, end, *dz);
    });
  });
  return loss;
}

}  // namespace hourglass::cpu
