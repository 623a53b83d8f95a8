#include "hourglass/backend/cpu/gaussian_code.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "hourglass/backend/cpu/corrupt.h"
#include "hourglass/backend/cpu/element.h"
#include "hourglass/backend/cpu/with_compute_type.h"

namespace hourglass::cpu {
namespace {

// A row of moments: d means, then d logarithms of variances.
struct Gaussians {
  const float *mean, *log_variance;

  Gaussians(const Tensor& moments, int64_t row)
      : mean(moments.data<float>() + row * moments.row_size()), log_variance(mean + moments.row_size() / 2) {}
  float deviation(int64_t j) const { return std::exp(log_variance[j] / 2); }
};

// Calls work(row, n) for each of the rows, n being its `d` normal numbers, or zeros without `rng`.
template <class Work>
void ForEachRow(Team& team, const Rng* rng, uint32_t epoch, std::span<const int64_t> ids, int64_t rows,
                int64_t d, const Work& work) {
  constexpr int64_t kNormals = 1 << 10;  // that take longer than waking a thread
  team.For(rows, std::max<int64_t>(kNormals / d, 1), [&](int, int64_t begin, int64_t end) {
    std::vector<float> n(static_cast<size_t>(d));
    for (int64_t row = begin; row < end; ++row) {
      std::ranges::fill(n, 0.0f);
      if (rng != nullptr)
        AddNormals(*rng, epoch, static_cast<uint64_t>(ids[static_cast<size_t>(row)]), 1.0f, d, n.data());
      work(row, n.data());
    }
  });
}

}  // namespace

void SampleCodes(Team& team, const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                 const Tensor& moments, Tensor& z) {
  const int64_t d = z.row_size();
  WithComputeType(z.dtype(), [&]<class T>() {
    ForEachRow(team, rng, epoch, ids, moments.rows(), d, [&](int64_t row, const float* n) {
      const Gaussians of(moments, row);
      T* const code = z.data<T>() + row * d;
      for (int64_t j = 0; j < d; ++j) Set(of.mean[j] + of.deviation(j) * n[j], code[j]);
    });
  });
}

void SampleCodesGradient(Team& team, const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                         const Tensor& moments, const Tensor& dz, Tensor& dmoments) {
  const int64_t d = dz.row_size();
  WithComputeType(dz.dtype(), [&]<class T>() {
    ForEachRow(team, rng, epoch, ids, moments.rows(), d, [&](int64_t row, const float* n) {
      const Gaussians of(moments, row);
      const T* const dcode = dz.data<T>() + row * d;
      float* const gradient = dmoments.data<float>() + row * 2 * d;
      for (int64_t j = 0; j < d; ++j) {
        gradient[j] = Wide(dcode[j]);
        gradient[d + j] = Wide(dcode[j]) * n[j] * of.deviation(j) / 2;
      }
    });
  });
}

double SumOfDivergence(double free_bits, const Tensor& moments, double weight, Tensor* dmoments) {
  const int64_t N = moments.rows(), d = moments.row_size() / 2;
  std::vector<double> sums(static_cast<size_t>(d));  // of each number of the code
  for (int64_t row = 0; row < N; ++row) {
    const Gaussians of(moments, row);
    for (int64_t j = 0; j < d; ++j) {
      const float variance = std::exp(of.log_variance[j]);
      sums[static_cast<size_t>(j)] += (of.mean[j] * of.mean[j] + variance - 1 - of.log_variance[j]) / 2;
    }
  }
  const auto scale = static_cast<float>(weight / static_cast<double>(N));
  for (int64_t row = 0; dmoments != nullptr && row < N; ++row) {
    const Gaussians of(moments, row);
    float* const gradient = dmoments->data<float>() + row * 2 * d;
    for (int64_t j = 0; j < d; ++j) {
      if (sums[static_cast<size_t>(j)] < free_bits * static_cast<double>(N)) continue;
      gradient[j] += scale * of.mean[j];
      gradient[d + j] += scale * (std::exp(of.log_variance[j]) - 1) / 2;
    }
  }
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace hourglass::cpu
