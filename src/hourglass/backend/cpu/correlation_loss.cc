#include "hourglass/backend/cpu/correlation_loss.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "hourglass/backend/cpu/element.h"
#include "hourglass/backend/cpu/passes.h"
#include "hourglass/backend/cpu/with_compute_type.h"

namespace hourglass::cpu {
namespace {

// One number per pair: that of rows i and (i + shift) mod N is at (shift - 1) N + i.
using OfPairs = std::vector<double>;

// The least number of rows per thread, for so many differences of numbers per row.
int64_t LeastRows(int64_t differences) {
  return std::max<int64_t>((1 << 14) / differences, 1);
}

OfPairs Distances(Team& team, int64_t shifts, const Tensor& rows) {
  const int64_t N = rows.rows(), size = rows.row_size();
  OfPairs distances(static_cast<size_t>(shifts * N));
  WithComputeType(rows.dtype(), [&]<class T>() {
    team.For(N, LeastRows(shifts * size), [&](int, int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        for (int64_t shift = 1; shift <= shifts; ++shift) {
          const T *one = rows.data<T>() + i * size, *other = rows.data<T>() + (i + shift) % N * size;
          distances[static_cast<size_t>((shift - 1) * N + i)] = std::sqrt(SquaredDistance(one, other, size));
        }
      }
    });
  });
  return distances;
}

double Mean(const OfPairs& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double MeanProduct(const OfPairs& a, const OfPairs& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0) / static_cast<double>(a.size());
}

// Subtracts the mean and divides by the standard deviation, which is returned. Both are 0 if the values are
// equal but for rounding.
double Standardise(OfPairs& values) {
  constexpr double kRounding = 1e-5;
  const double mean = Mean(values);
  for (double& value : values) value -= mean;
  const double deviation = std::sqrt(MeanProduct(values, values));
  const bool equal = deviation <= kRounding * mean;
  for (double& value : values) value = equal ? 0 : value / deviation;
  return equal ? 0 : deviation;
}

// dz += Σ slope (z_i - z_j) over the pairs of each row i, which occurs as the first and as the second of
// them.
void AddForces(Team& team, int64_t shifts, const OfPairs& slopes, const Tensor& z, Tensor& dz) {
  const int64_t N = z.rows(), d = z.row_size();
  WithComputeType(z.dtype(), [&]<class T>() {
    const T* codes = z.data<T>();
    team.For(N, LeastRows(shifts * d), [&](int, int64_t begin, int64_t end) {
      for (int64_t at = begin * d; at < end * d; ++at) {
        const int64_t i = at / d, c = at % d;
        double force = 0;
        for (int64_t shift = 1; shift <= shifts; ++shift) {
          const int64_t after = (i + shift) % N, before = (i + N - shift) % N;
          const double* of_shift = slopes.data() + (shift - 1) * N;
          force += of_shift[i] * (Wide(codes[at]) - Wide(codes[after * d + c])) +
                   of_shift[before] * (Wide(codes[at]) - Wide(codes[before * d + c]));
        }
        Add(force, dz.data<T>()[at]);
      }
    });
  });
}

}  // namespace

double CorrelationLoss(Team& team, int64_t shifts, const Tensor& x, const Tensor& z, double weight,
                       Tensor* dz) {
  OfPairs images = Distances(team, shifts, x), codes = Distances(team, shifts, z), slopes = codes;
  const double varies = Standardise(images), deviation = Standardise(codes);
  const double r = MeanProduct(images, codes);
  if (dz == nullptr || varies == 0 || deviation == 0) return 1 - r;
  const double factor = weight / (static_cast<double>(slopes.size()) * deviation);
  for (size_t pair = 0; pair < slopes.size(); ++pair) {
    const double distance = slopes[pair];
    slopes[pair] = distance == 0 ? 0 : -factor * (images[pair] - r * codes[pair]) / distance;
  }
  AddForces(team, shifts, slopes, z, *dz);
  return 1 - r;
}

}  // namespace hourglass::cpu
