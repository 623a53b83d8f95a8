#include "hourglass/cuda/gaussian_code.h"

#include <algorithm>
#include <cmath>

#include "hourglass/backend/cpu/with_compute_type.h"
#include "hourglass/cuda/random.h"
#include "hourglass/cuda/row_sums.h"

namespace hourglass::cuda {
namespace {

// Where the mean of number i of the codes [N, d] is in their moments [N, 2d]; the logarithm of its variance
// is d further on.
__host__ __device__ inline int64_t MeanAt(int64_t i, int64_t d) {
  return i + i / d * d;
}

template <class T>
void CopyMeans(Launcher& launcher, const Tensor& moments, Tensor& z) {
  const int64_t d = z.row_size();
  const float* from = Elements<float>(moments);
  T* to = Elements<T>(z);
  launcher.Loop(z.size(), [=] __device__(int64_t i) { Store(from[MeanAt(i, d)], to + i); });
}

template <class T>
void CopyMeansGradient(Launcher& launcher, const Tensor& dz, Tensor& dmoments) {
  const int64_t d = dz.row_size();
  const T* from = Elements<T>(dz);
  float* to = Elements<float>(dmoments);
  launcher.Loop(dz.size(), [=] __device__(int64_t i) {
    const int64_t at = MeanAt(i, d);
    to[at] = Load(from + i);
    to[at + d] = 0;
  });
}

template <class T>
void DrawCodes(Launcher& launcher, BatchNumbers numbers, const Tensor& moments, Tensor& z) {
  const int64_t d = z.row_size();
  const float* from = Elements<float>(moments);
  T* to = Elements<T>(z);
  launcher.Loop(z.size(), [=] __device__(int64_t i) {
    const int64_t at = MeanAt(i, d);
    const float normal = numbers.Normal(i / d, static_cast<uint32_t>(i % d));
    Store(from[at] + std::exp(from[at + d] / 2) * normal, to + i);
  });
}

template <class T>
void DrawCodesGradient(Launcher& launcher, BatchNumbers numbers, const Tensor& moments, const Tensor& dz,
                       Tensor& dmoments) {
  const int64_t d = dz.row_size();
  const float* from = Elements<float>(moments);
  const T* gradient = Elements<T>(dz);
  float* to = Elements<float>(dmoments);
  launcher.Loop(dz.size(), [=] __device__(int64_t i) {
    const int64_t at = MeanAt(i, d);
    const float normal = numbers.Normal(i / d, static_cast<uint32_t>(i % d));
    const float slope = Load(gradient + i);
    to[at] = slope;
    to[at + d] = slope * normal * std::exp(from[at + d] / 2) / 2;
  });
}

__host__ __device__ inline double Divergence(double mean, double log_variance) {
  return (mean * mean + std::exp(log_variance) - 1 - log_variance) / 2;
}

// of_numbers[j] = Σ_i D_ij.
void SumDivergences(Launcher& launcher, const float* moments, int64_t N, int64_t d, double* of_numbers) {
  const auto divergence = [=] __device__(int64_t row, int64_t j) {
    const float* mean = moments + row * 2 * d + j;
    return Divergence(mean[0], mean[d]);
  };
  SumRows(launcher, N, d, divergence, of_numbers);
}

}  // namespace

void SampleCodes(Launcher& launcher, const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                 const Tensor& moments, Tensor& z) {
  cpu::WithComputeType(z.dtype(), [&]<class T>() {
    if (rng == nullptr) return CopyMeans<T>(launcher, moments, z);
    DrawCodes<T>(launcher, {launcher, *rng, epoch, ids}, moments, z);
  });
}

void SampleCodesGradient(Launcher& launcher, const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                         const Tensor& moments, const Tensor& dz, Tensor& dmoments) {
  cpu::WithComputeType(dz.dtype(), [&]<class T>() {
    if (rng == nullptr) return CopyMeansGradient<T>(launcher, dz, dmoments);
    DrawCodesGradient<T>(launcher, {launcher, *rng, epoch, ids}, moments, dz, dmoments);
  });
}

void GaussianDivergence(Launcher& launcher, double free_bits, const Tensor& moments, double weight,
                        Tensor* dmoments, Tensor& sums, int64_t term) {
  const int64_t N = moments.rows(), d = moments.row_size() / 2;
  const float* from = Elements<float>(moments);
  Buffer<double> buffer(launcher.stream(), d);
  double* of_numbers = buffer.data();
  SumDivergences(launcher, from, N, d, of_numbers);
  launcher.AddSum(
      d, [=] __device__(int64_t j) { return of_numbers[j]; }, Elements<double>(sums) + term);
  if (dmoments == nullptr) return;
  float* to = Elements<float>(*dmoments);
  const auto scale = static_cast<float>(weight / static_cast<double>(N));
  const double least = free_bits * static_cast<double>(N);
  launcher.Loop(N * d, [=] __device__(int64_t i) {
    if (of_numbers[i % d] < least) return;
    const int64_t at = MeanAt(i, d);
    to[at] += scale * from[at];
    to[at + d] += scale * (std::exp(from[at + d]) - 1) / 2;
  });
}

}  // namespace hourglass::cuda
