// t-SNE as plain loops over all pairs, in double: what the kernels are compared with.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "hourglass/core/tensor.h"
#include "hourglass/map/affinities.h"

namespace hourglass::test {

// codes [d, n]
inline double KernelBetween(const std::vector<double>& codes, int64_t n, int64_t i, int64_t j) {
  double square = 0;
  for (size_t at = 0; at < codes.size(); at += static_cast<size_t>(n)) {
    const double difference = codes[at + static_cast<size_t>(i)] - codes[at + static_cast<size_t>(j)];
    square += difference * difference;
  }
  return 1 / (1 + square);
}

inline double PlainNormaliser(const std::vector<double>& codes, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      if (i != j) sum += KernelBetween(codes, n, i, j);
    }
  }
  return sum;
}

// Σ p ln (p / q)
inline double PlainDivergence(const Affinities& affinities, const std::vector<double>& codes) {
  const int64_t n = affinities.n;
  const double z = PlainNormaliser(codes, n);
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    for (auto at = static_cast<size_t>(affinities.begin[static_cast<size_t>(i)]);
         at < static_cast<size_t>(affinities.begin[static_cast<size_t>(i) + 1]); ++at) {
      const double p = double{affinities.values[at]};
      if (p > 0) sum += p * std::log(p * z / KernelBetween(codes, n, i, affinities.columns[at]));
    }
  }
  return sum;
}

}  // namespace hourglass::test
