#include "hourglass/backend/cpu/correlation_loss.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "hourglass/backend/cpu/element.h"
#include "hourglass/backend/cpu/passes.h"
#include "hourglass/backend/cpu/with_compute_type.h"

namespace hourglass::cpu {
namespace {

// One number per pair: that of rows i and (i + shifts[s]) mod N is at s N + i.
using OfPairs = std::vector<double>;
using Shifts = std::span<const int64_t>;

// The least number of rows per thread, for so many differences of numbers per row.
int64_t LeastRows(int64_t differences) {
  return std::max<int64_t>((1 << 14) / differences, 1);
}

OfPairs Distances(Team& team, Shifts shifts, const Tensor& rows) {
  const int64_t N = rows.rows(), size = rows.row_size(), count = std::ssize(shifts);
  OfPairs distances(static_cast<size_t>(count * N));
  WithComputeType(rows.dtype(), [&]<class T>() {
    team.For(N, LeastRows(count * size), [&](int, int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        double* of_row = distances.data() + i;
        for (const int64_t shift : shifts) {
          const T *one = rows.data<T>() + i * size, *other = rows.data<T>() + (i + shift) % N * size;
          *of_row = std::sqrt(SquaredDistance(one, other, size));
          of_row += N;
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

// What a distance is raised to before its logarithm is taken.
double Floor(const OfPairs& distances) {
  constexpr double kShare = 1e-3;
  return kShare * std::sqrt(MeanProduct(distances, distances));
}

void TakeLogarithms(double floor, OfPairs& distances) {
  for (double& distance : distances) distance = floor == 0 ? 0 : std::log(std::max(distance, floor));
}

// Subtracts the mean and divides by the standard deviation, which is returned. Both are 0 if the values are
// equal but for rounding, which is relative to distances, and so does not depend on the size of their
// logarithms.
double Standardise(OfPairs& values, bool logarithms) {
  constexpr double kRounding = 1e-5;
  const double mean = Mean(values);
  for (double& value : values) value -= mean;
  const double deviation = std::sqrt(MeanProduct(values, values));
  const bool equal = deviation <= (logarithms ? kRounding : kRounding * mean);
  for (double& value : values) value = equal ? 0 : value / deviation;
  return equal ? 0 : deviation;
}

// dz += Σ slope (z_i - z_j) over the pairs of each row i, which occurs as the first and as the second of
// them.
void AddForces(Team& team, Shifts shifts, const OfPairs& slopes, const Tensor& z, Tensor& dz) {
  const int64_t N = z.rows(), d = z.row_size();
  WithComputeType(z.dtype(), [&]<class T>() {
    const T* codes = z.data<T>();
    team.For(N, LeastRows(std::ssize(shifts) * d), [&](int, int64_t begin, int64_t end) {
      for (int64_t at = begin * d; at < end * d; ++at) {
        const int64_t i = at / d, c = at % d;
        double force = 0;
        const double* of_shift = slopes.data();
        for (const int64_t shift : shifts) {
          const int64_t after = (i + shift) % N, before = (i + N - shift) % N;
          force += of_shift[i] * (Wide(codes[at]) - Wide(codes[after * d + c])) +
                   of_shift[before] * (Wide(codes[at]) - Wide(codes[before * d + c]));
          of_shift += N;
        }
        Add(force, dz.data<T>()[at]);
      }
    });
  });
}

}  // namespace

double CorrelationLoss(Team& team, const CorrelationSettings& settings, const Tensor& x, const Tensor& z,
                       double weight, Tensor* dz) {
  OfPairs images = Distances(team, settings.shifts, x), codes = Distances(team, settings.shifts, z);
  const OfPairs distances = codes;
  const double floor = settings.logarithms ? Floor(codes) : 0;
  if (settings.logarithms) {
    TakeLogarithms(Floor(images), images);
    TakeLogarithms(floor, codes);
  }
  const double varies = Standardise(images, settings.logarithms);
  const double deviation = Standardise(codes, settings.logarithms);
  const double r = MeanProduct(images, codes);
  if (dz == nullptr || varies == 0 || deviation == 0) return 1 - r;
  const double factor = weight / (static_cast<double>(distances.size()) * deviation);
  OfPairs slopes(distances.size());
  for (size_t pair = 0; pair < slopes.size(); ++pair) {
    const double distance = distances[pair];
    if (distance <= floor) continue;
    slopes[pair] = -factor * (images[pair] - r * codes[pair]) / distance;
    if (settings.logarithms) slopes[pair] /= distance;
  }
  AddForces(team, settings.shifts, slopes, z, *dz);
  return 1 - r;
}

}  // namespace hourglass::cpu
