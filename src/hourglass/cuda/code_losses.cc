#include "hourglass/cuda/code_losses.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <span>

#include "hourglass/backend/cpu/with_compute_type.h"

namespace hourglass::cuda {
namespace {

// |a - b|² of two rows.
template <class T>
__host__ __device__ double SquaredDistance(const T* a, const T* b, int64_t size) {
  double sum = 0;
  for (int64_t c = 0; c < size; ++c) {
    const double difference = static_cast<double>(Load(a + c)) - Load(b + c);
    sum += difference * difference;
  }
  return sum;
}

template <class T>
__host__ __device__ void AddTo(T* sum, double value) {
  Store(Load(sum) + static_cast<float>(value), sum);
}

// Codes z [N, d] and their partners, on the device. All kinds of repulsion act between all pairs, partners
// included. What remains of a row's loss is then -ln q_ip, of slope q_ip by D_ip, for cosines 1: for negative
// samples because ln(1 - h) - ln h = ln s - ln q. For cosines, codes have length 1 or 0, and q = exp(-D).
template <class T>
struct NeighbourCodes {
  int64_t N, d;
  const T* z;
  const int32_t* partners;
  Repulsion repulsion;
  double rho, s, square;  // square: of the scale

  __host__ __device__ double Distance(int64_t i, int64_t j) const {
    return square * SquaredDistance(z + i * d, z + j * d, d);
  }
  __host__ __device__ double Kernel(double distance) const {
    return repulsion == Repulsion::kCosine ? std::exp(-distance) : 1 / (1 + distance);
  }
  // The sum of a row over all others: of q, or for negative samples of ln(1 + q / s) = -ln(1 - h).
  __host__ __device__ double RepulsionOfRow(int64_t i) const {
    double sum = 0;
    for (int64_t j = 0; j < N; ++j) {
      if (j == i) continue;
      const double q = Kernel(Distance(i, j));
      sum += repulsion == Repulsion::kNegative ? std::log1p(q / s) : q;
    }
    return sum;
  }
  // The sum of the slopes by D_ij of the losses of rows i and j. shares [N]: how strongly each repels.
  __host__ __device__ double SlopeOfPair(int64_t i, int64_t j, const double* shares) const {
    const double q = Kernel(Distance(i, j)), partnerships = (partners[i] == j) + (partners[j] == i);
    const double share = shares[i] + shares[j];
    if (repulsion == Repulsion::kCosine) return partnerships - share * q;
    return partnerships * q - share * (repulsion == Repulsion::kInfoNce ? q * q : q * q / (q + s));
  }
};

// *sum += the loss of all rows. Writes shares [N].
template <class T>
void AddNeighbourLosses(Launcher& launcher, NeighbourCodes<T> codes, double* shares, double* sum) {
  launcher.AddSum(
      codes.N,
      [=] __device__(int64_t i) {
        shares[i] = 0;
        if (codes.partners[i] < 0) return 0.0;
        const bool negative = codes.repulsion == Repulsion::kNegative;
        const double repulsion = codes.RepulsionOfRow(i);
        shares[i] = negative ? 1 : 1 / (codes.rho * repulsion);
        return -std::log(codes.Kernel(codes.Distance(i, codes.partners[i]))) +
               (negative ? std::log(codes.s) + repulsion : std::log(repulsion) / codes.rho);
      },
      sum);
}

// dz += factor · Σ_j slope of the pair · (z_i - z_j), to which the row itself adds 0; for cosines without
// what points along the code, divided by its length. Neighbouring threads compute neighbouring rows, so
// forces are stored [d, N].
template <class T, class Z>
void AddNeighbourForces(Launcher& launcher, NeighbourCodes<T> codes, const double* lengths, double factor,
                        const double* shares, double* forces, Z* dz) {
  launcher.Loop(codes.N, [=] __device__(int64_t i) {
    const int64_t N = codes.N, d = codes.d;
    const T* z = codes.z;
    for (int64_t c = 0; c < d; ++c) forces[c * N + i] = 0;
    for (int64_t j = 0; j < N; ++j) {
      const double slope = codes.SlopeOfPair(i, j, shares);
      for (int64_t c = 0; c < d; ++c)
        forces[c * N + i] += slope * (static_cast<double>(Load(z + i * d + c)) - Load(z + j * d + c));
    }
    double along = 0, length = 1;
    if (codes.repulsion == Repulsion::kCosine) {
      length = lengths[i];
      for (int64_t c = 0; c < d; ++c) along += forces[c * N + i] * Load(z + i * d + c);
    }
    for (int64_t c = 0; c < d && length > 0; ++c)
      AddTo(dz + i * d + c, factor * (forces[c * N + i] - along * Load(z + i * d + c)) / length);
  });
}

// Writes the length of each code [N], and the codes divided by them.
template <class T>
void ComputeUnits(Launcher& launcher, int64_t N, int64_t d, const T* z, double* lengths, float* units) {
  launcher.Loop(N, [=] __device__(int64_t i) {
    double square = 0;
    for (int64_t c = 0; c < d; ++c) square += static_cast<double>(Load(z + i * d + c)) * Load(z + i * d + c);
    const double length = std::sqrt(square);
    lengths[i] = length;
    for (int64_t c = 0; c < d; ++c)
      Store(length > 0 ? static_cast<float>(Load(z + i * d + c) / length) : 0.0f, units + i * d + c);
  });
}

// The distances of one kind over all pairs, and sums over them from which later work is computed: all on the
// device, so that the host need not wait for the sums.
struct PairDistances {
  int64_t pairs;
  bool logarithms;
  double* distances;  // [pairs]
  double* sums;       // [3]: of squared distances, of values, of squared differences of values from the mean

  // Distances are raised to this before their logarithm is taken.
  __host__ __device__ double Floor() const {
    return logarithms ? 1e-3 * std::sqrt(sums[0] / static_cast<double>(pairs)) : 0;
  }
  // The distance, or its logarithm.
  __host__ __device__ double Value(int64_t pair) const {
    if (!logarithms) return distances[pair];
    const double floor = Floor();
    return floor == 0 ? 0 : std::log(std::max(distances[pair], floor));
  }
  __host__ __device__ double Mean() const { return sums[1] / static_cast<double>(pairs); }
  // 0 if the values are equal but for rounding.
  __host__ __device__ double Deviation() const {
    const double deviation = std::sqrt(sums[2] / static_cast<double>(pairs));
    return deviation <= 1e-5 * (logarithms ? 1 : Mean()) ? 0 : deviation;
  }
  // Of mean 0 and deviation 1, or 0 if the values are equal.
  __host__ __device__ double Standardised(int64_t pair) const {
    const double deviation = Deviation();
    return deviation == 0 ? 0 : (Value(pair) - Mean()) / deviation;
  }
};

// Writes the distances between rows i and (i + shifts[s]) mod N, as pair s N + i.
template <class T>
void ComputeDistances(Launcher& launcher, int64_t N, int64_t size, const int64_t* shifts, const T* rows,
                      PairDistances all) {
  launcher.Loop(all.pairs, [=] __device__(int64_t pair) {
    const int64_t i = pair % N, j = (i + shifts[pair / N]) % N;
    all.distances[pair] = std::sqrt(SquaredDistance(rows + i * size, rows + j * size, size));
  });
}

void SumDistances(Launcher& launcher, PairDistances all) {
  launcher.Sum(
      all.pairs, [=] __device__(int64_t pair) { return all.distances[pair] * all.distances[pair]; },
      all.sums);
  launcher.Sum(
      all.pairs, [=] __device__(int64_t pair) { return all.Value(pair); }, all.sums + 1);
  launcher.Sum(
      all.pairs,
      [=] __device__(int64_t pair) {
        const double difference = all.Value(pair) - all.Mean();
        return difference * difference;
      },
      all.sums + 2);
}

// *correlation = r; *sum += N (1 - r).
void Correlate(Launcher& launcher, int64_t N, PairDistances images, PairDistances codes, double* correlation,
               double* sum) {
  const auto pairs = static_cast<double>(images.pairs), rows = static_cast<double>(N);
  launcher.Sum(
      images.pairs,
      [=] __device__(int64_t pair) { return images.Standardised(pair) * codes.Standardised(pair) / pairs; },
      correlation);
  launcher.AddSum(
      1, [=] __device__(int64_t) { return rows * (1 - *correlation); }, sum);
}

// Writes slopes [pairs]: that of weight · (1 - r) by the distance of codes, divided by that distance. They
// are 0 if all images are equally far apart, since r and the standardised distances are.
void ComputePairSlopes(Launcher& launcher, PairDistances images, PairDistances codes,
                       const double* correlation, double weight, double* slopes) {
  launcher.Loop(images.pairs, [=] __device__(int64_t pair) {
    const double distance = codes.distances[pair], deviation = codes.Deviation();
    slopes[pair] = 0;
    if (deviation == 0 || distance <= codes.Floor()) return;
    const double by_value = -weight * (images.Standardised(pair) - *correlation * codes.Standardised(pair)) /
                            (static_cast<double>(codes.pairs) * deviation);
    slopes[pair] = by_value / (codes.logarithms ? distance * distance : distance);
  });
}

// dz += Σ slope (z_i - z_j) over the pairs of each row i, which occurs as the first and as the second of
// them.
template <class T>
void AddPairForces(Launcher& launcher, int64_t N, int64_t d, int64_t shift_count, const int64_t* shifts,
                   const double* slopes, const T* z, T* dz) {
  launcher.Loop(N * d, [=] __device__(int64_t at) {
    const int64_t i = at / d, c = at % d;
    const double one = Load(z + at);
    double force = 0;
    for (int64_t s = 0; s < shift_count; ++s) {
      const int64_t after = (i + shifts[s]) % N, before = (i + N - shifts[s]) % N;
      force += slopes[s * N + i] * (one - Load(z + after * d + c)) +
               slopes[s * N + before] * (one - Load(z + before * d + c));
    }
    AddTo(dz + at, force);
  });
}

}  // namespace

void NeighbourLoss(Launcher& launcher, const NeighbourLossSettings& settings, const Tensor& z,
                   std::span<const int32_t> partners, double weight, Tensor* dz, Tensor& sums, int64_t term) {
  const int64_t N = z.rows(), d = z.row_size();
  const bool cosine = settings.repulsion == Repulsion::kCosine;
  const double square = cosine ? 1 / (2 * settings.temperature) : settings.scale * settings.scale;
  const int32_t* partners_on_device = launcher.stream().StepInput(partners);
  Buffer<double> shares(launcher.stream(), N), forces(launcher.stream(), dz == nullptr ? 0 : N * d);
  Buffer<double> lengths(launcher.stream(), cosine ? N : 0);
  Buffer<float> units(launcher.stream(), cosine ? N * d : 0);
  const auto add = [&]<class T, class Z>(const T* compared, Z* gradient) {
    const NeighbourCodes<T> codes = {.N = N,
                                     .d = d,
                                     .z = compared,
                                     .partners = partners_on_device,
                                     .repulsion = settings.repulsion,
                                     .rho = cosine ? 1 : settings.rho,
                                     .s = settings.s,
                                     .square = square};
    AddNeighbourLosses(launcher, codes, shares.data(), Elements<double>(sums) + term);
    if (gradient == nullptr) return;
    AddNeighbourForces(launcher, codes, lengths.data(), 2 * square * weight / static_cast<double>(N),
                       shares.data(), forces.data(), gradient);
  };
  cpu::WithComputeType(z.dtype(), [&]<class T>() {
    T* gradient = dz == nullptr ? nullptr : Elements<T>(*dz);
    if (!cosine) return add(Elements<T>(z), gradient);
    ComputeUnits(launcher, N, d, Elements<T>(z), lengths.data(), units.data());
    add(static_cast<const float*>(units.data()), gradient);
  });
}

void CorrelationLoss(Launcher& launcher, const CorrelationSettings& settings, const Tensor& x,
                     const Tensor& z, double weight, Tensor* dz, Tensor& sums, int64_t term) {
  const int64_t N = z.rows(), shift_count = std::ssize(settings.shifts), pairs = shift_count * N;
  const int64_t* shifts = launcher.stream().StepInput(std::span<const int64_t>(settings.shifts));
  Buffer<double> of_images(launcher.stream(), pairs), of_codes(launcher.stream(), pairs);
  Buffer<double> statistics(launcher.stream(), 7), slopes(launcher.stream(), dz == nullptr ? 0 : pairs);
  const PairDistances images = {pairs, settings.logarithms, of_images.data(), statistics.data()};
  const PairDistances codes = {pairs, settings.logarithms, of_codes.data(), statistics.data() + 3};
  double* correlation = statistics.data() + 6;

  cpu::WithComputeType(x.dtype(), [&]<class T>() {
    ComputeDistances(launcher, N, x.row_size(), shifts, Elements<T>(x), images);
  });
  cpu::WithComputeType(z.dtype(), [&]<class T>() {
    ComputeDistances(launcher, N, z.row_size(), shifts, Elements<T>(z), codes);
  });
  SumDistances(launcher, images);
  SumDistances(launcher, codes);
  Correlate(launcher, N, images, codes, correlation, Elements<double>(sums) + term);
  if (dz == nullptr) return;
  ComputePairSlopes(launcher, images, codes, correlation, weight, slopes.data());
  cpu::WithComputeType(z.dtype(), [&]<class T>() {
    AddPairForces(launcher, N, z.row_size(), shift_count, shifts, slopes.data(), Elements<T>(z),
                  Elements<T>(*dz));
  });
}

}  // namespace hourglass::cuda
