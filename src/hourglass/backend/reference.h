// The operations of backend.h as plain loops over any number type: the specification that every backend is
// held to, and that the gradient check proves in double. Letters as in backend.h; all arrays are row-major.
#pragma once

#include <cmath>
#include <cstdint>

#include "hourglass/backend/backend.h"

namespace hourglass::reference {

template <class T>
T Apply(Activation activation, T z) {
  switch (activation) {
    case Activation::kNone:
      return z;
    case Activation::kRelu:
      return z > 0 ? z : T{0};
    case Activation::kSigmoid:
      return T{1} / (T{1} + std::exp(-z));
    case Activation::kTanh:
      return std::tanh(z);
  }
  return z;
}

// The slope of the activation, from its output.
template <class T>
T Slope(Activation activation, T y) {
  switch (activation) {
    case Activation::kNone:
      return T{1};
    case Activation::kRelu:
      return y > 0 ? T{1} : T{0};
    case Activation::kSigmoid:
      return y * (T{1} - y);
    case Activation::kTanh:
      return T{1} - y * y;
  }
  return T{1};
}

// Writes y [N, O] = activation(x [N, I] w [O, I]ᵀ + b [O]).
template <class T>
void DenseForward(int64_t N, int64_t I, int64_t O, const T* x, const T* w, const T* b, Activation activation,
                  T* y) {
  for (int64_t n = 0; n < N; ++n) {
    for (int64_t o = 0; o < O; ++o) {
      T z = b[o];
      for (int64_t i = 0; i < I; ++i) z += x[n * I + i] * w[o * I + i];
      y[n * O + o] = Apply(activation, z);
    }
  }
}

// dy [N, O] becomes dz; adds to dw [O, I] and db [O]; writes dx [N, I] unless it is null.
template <class T>
void DenseBackward(int64_t N, int64_t I, int64_t O, const T* x, const T* w, const T* y, Activation activation,
                   T* dy, T* dw, T* db, T* dx) {
  for (int64_t n = 0; n < N; ++n) {
    for (int64_t o = 0; o < O; ++o) {
      const T dz = dy[n * O + o] *= Slope(activation, y[n * O + o]);
      db[o] += dz;
      for (int64_t i = 0; i < I; ++i) dw[o * I + i] += dz * x[n * I + i];
    }
  }
  if (dx == nullptr) return;
  for (int64_t n = 0; n < N; ++n) {
    for (int64_t i = 0; i < I; ++i) {
      T sum = 0;
      for (int64_t o = 0; o < O; ++o) sum += dy[n * O + o] * w[o * I + i];
      dx[n * I + i] = sum;
    }
  }
}

// The mean loss over `count` elements; writes its gradient to dy unless that is null.
template <class T>
double Loss(LossKind loss, int64_t count, const T* y, const T* target, T* dy) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    const T error = y[i] - target[i];
    sum += loss == LossKind::kMse ? double(error) * double(error) : std::abs(double(error));
    if (dy == nullptr) continue;
    const T slope = loss == LossKind::kMse ? 2 * error : T(error > 0) - T(error < 0);
    dy[i] = slope / static_cast<T>(count);
  }
  return sum / static_cast<double>(count);
}

template <class T>
void AdamStep(const AdamSettings& settings, double learning_rate, int64_t step, int64_t count, const T* grads,
              T* params, T* m, T* v) {
  const double correction1 = 1 - std::pow(settings.beta1, static_cast<double>(step));
  const double correction2 = 1 - std::pow(settings.beta2, static_cast<double>(step));
  for (int64_t i = 0; i < count; ++i) {
    const T g = grads[i] + T(settings.weight_decay) * params[i];
    m[i] = T(settings.beta1) * m[i] + T(1 - settings.beta1) * g;
    v[i] = T(settings.beta2) * v[i] + T(1 - settings.beta2) * g * g;
    const T denominator = std::sqrt(v[i]) / T(std::sqrt(correction2)) + T(settings.epsilon);
    params[i] -= T(learning_rate / correction1) * m[i] / denominator;
  }
}

// Adds xᵀ x to g [P, P]; x [N, P].
template <class T>
void Gram(int64_t N, int64_t P, const T* x, T* g) {
  for (int64_t n = 0; n < N; ++n) {
    for (int64_t p = 0; p < P; ++p) {
      for (int64_t q = 0; q < P; ++q) g[p * P + q] += x[n * P + p] * x[n * P + q];
    }
  }
}

}  // namespace hourglass::reference
