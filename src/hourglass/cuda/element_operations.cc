#include "hourglass/cuda/element_operations.h"

#include <cmath>
#include <limits>

#include "hourglass/backend/cpu/with_compute_type.h"

namespace hourglass::cuda {
namespace {

template <class T>
void AddElements(Launcher& launcher, int64_t count, const T* x, T* y) {
  launcher.Loop(count, [=] __device__(int64_t i) { Store(Load(y + i) + Load(x + i), y + i); });
}

template <class T>
void RoundElements(Launcher& launcher, int64_t count, const float* x, T* y) {
  launcher.Loop(count, [=] __device__(int64_t i) { Store(x[i], y + i); });
}

// The distribution function of the standard normal distribution.
__host__ __device__ inline float NormalDistribution(float x) {
  constexpr float kRootHalf = 0.70710678f;
  return std::erfc(-x * kRootHalf) / 2;
}

__host__ __device__ inline float NormalDensity(float x) {
  constexpr float kAtZero = 0.39894228f;  // 1 / √(2π)
  return kAtZero * std::exp(-x * x / 2);
}

template <class T, class Y>
void GeluElements(Launcher& launcher, int64_t count, const T* x, Y* y) {
  launcher.Loop(count, [=] __device__(int64_t i) {
    const float at = Load(x + i);
    Store(at * NormalDistribution(at), y + i);
  });
}

template <class T>
void GeluGradientElements(Launcher& launcher, int64_t count, const T* x, const T* dy, T* dx) {
  launcher.Loop(count, [=] __device__(int64_t i) {
    const float at = Load(x + i);
    Store(Load(dy + i) * (NormalDistribution(at) + at * NormalDensity(at)), dx + i);
  });
}

}  // namespace

void Add(Launcher& launcher, const Tensor& x, Tensor& y) {
  cpu::WithComputeType(x.dtype(),
                       [&]<class T>() { AddElements(launcher, x.size(), Elements<T>(x), Elements<T>(y)); });
}

void Gelu(Launcher& launcher, const Tensor& x, Tensor& y) {
  cpu::WithComputeType(x.dtype(), [&]<class T>() {
    if (y.dtype() == x.dtype()) return GeluElements(launcher, x.size(), Elements<T>(x), Elements<T>(y));
    GeluElements(launcher, x.size(), Elements<T>(x), Elements<float>(y));
  });
}

void GeluGradient(Launcher& launcher, const Tensor& x, const Tensor& dy, Tensor& dx) {
  cpu::WithComputeType(x.dtype(), [&]<class T>() {
    GeluGradientElements(launcher, x.size(), Elements<T>(x), Elements<T>(dy), Elements<T>(dx));
  });
}

bool AllFinite(Launcher& launcher, const Tensor& x) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  const float* from = Elements<float>(x);
  Buffer<double> sum(launcher.stream(), 1);
  launcher.Sum(
      x.size(), [=] __device__(int64_t i) { return std::abs(from[i]) <= kLargest ? 0.0 : 1.0; }, sum.data());
  double others = 0;
  launcher.stream().CopyToHost(&others, sum.data(), sizeof others);
  return others == 0;
}

void Zero(Launcher& launcher, Tensor& x) {
  float* to = Elements<float>(x);
  launcher.Loop(x.size(), [=] __device__(int64_t i) { to[i] = 0; });
}

void Round(Launcher& launcher, const Tensor& x, Tensor& y) {
  cpu::WithComputeType(
      y.dtype(), [&]<class T>() { RoundElements(launcher, x.size(), Elements<float>(x), Elements<T>(y)); });
}

void ClipNorm(Launcher& launcher, double limit, Tensor& x) {
  float* to = Elements<float>(x);
  Buffer<double> buffer(launcher.stream(), 1);
  double* squares = buffer.data();
  launcher.Sum(
      x.size(), [=] __device__(int64_t i) { return static_cast<double>(to[i]) * to[i]; }, squares);
  launcher.Loop(x.size(), [=] __device__(int64_t i) {
    const double factor = limit / (std::sqrt(*squares) + 1e-6);
    if (!(factor >= 1)) to[i] *= static_cast<float>(factor);  // NaN spreads to all elements, as in PyTorch
  });
}

}  // namespace hourglass::cuda
