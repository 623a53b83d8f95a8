// The operations of backend.h as plain loops over any number type: the specification for every backend,
// verified in double by the gradient check. Letters as in backend.h; all arrays are row-major.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <numbers>
#include <string_view>
#include <tuple>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/backend/loss/with_loss.h"
#include "hourglass/backend/ssim.h"

namespace hourglass::reference {

template <class T>
T Apply(Activation activation, T z) {
  switch (activation) {
    case Activation::kNone:
      return z;
    case Activation::kRelu:
      return z > 0 ? z : T{0};
    case Activation::kLeakyRelu:
      return z > 0 ? z : static_cast<T>(kLeakySlope) * z;
    case Activation::kSigmoid:
      return T{1} / (T{1} + std::exp(-z));
    case Activation::kTanh:
      return std::tanh(z);
  }
  return z;
}

// The slope of the activation, computed from its output.
template <class T>
T Slope(Activation activation, T y) {
  switch (activation) {
    case Activation::kNone:
      return T{1};
    case Activation::kRelu:
      return y > 0 ? T{1} : T{0};
    case Activation::kLeakyRelu:
      return y > 0 ? T{1} : static_cast<T>(kLeakySlope);
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

// dy [N, O] becomes dz; writes dw [O, I], db [O] and, unless it is null, dx [N, I].
template <class T>
void DenseBackward(int64_t N, int64_t I, int64_t O, const T* x, const T* w, const T* y, Activation activation,
                   T* dy, T* dw, T* db, T* dx) {
  std::fill_n(dw, O * I, T{});
  std::fill_n(db, O, T{});
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

// Calls visit(x index, w index, y index) for every product of a convolution of x [N, C, H, W] with w [O, C,
// K, K] to y [N, O, H', W']. A transposed convolution is the same with x and y swapped.
template <class Visit>
void VisitConv(int64_t N, int64_t C, int64_t H, int64_t W, int64_t O, int64_t out_h, int64_t out_w,
               const ConvGeometry& g, const Visit& visit) {
  for (int64_t n = 0; n < N; ++n) {
    for (int64_t o = 0; o < O; ++o) {
      for (int64_t h = 0; h < out_h; ++h) {
        for (int64_t v = 0; v < out_w; ++v) {
          for (int64_t c = 0; c < C; ++c) {
            for (int64_t i = 0; i < g.kernel; ++i) {
              for (int64_t j = 0; j < g.kernel; ++j) {
                const int64_t row = h * g.stride - g.padding + i, column = v * g.stride - g.padding + j;
                if (row < 0 || row >= H || column < 0 || column >= W) continue;
                visit(((n * C + c) * H + row) * W + column, ((o * C + c) * g.kernel + i) * g.kernel + j,
                      ((n * O + o) * out_h + h) * out_w + v);
              }
            }
          }
        }
      }
    }
  }
}

struct ConvSizes {
  int64_t N, C, H, W, O;
  ConvGeometry geometry;
};

// x [N, C, H, W], w [O, C, K, K], b [O]; writes y [N, O, H', W'].
template <class T>
void ConvForward(const ConvSizes& s, const T* x, const T* w, const T* b, Activation activation, T* y) {
  const auto [out_h, out_w] = ConvOutputSize(s.geometry, {s.H, s.W});
  const int64_t plane = out_h * out_w;
  for (int64_t i = 0; i < s.N * s.O * plane; ++i) y[i] = b[i / plane % s.O];
  VisitConv(s.N, s.C, s.H, s.W, s.O, out_h, out_w, s.geometry,
            [&](int64_t xi, int64_t wi, int64_t yi) { y[yi] += w[wi] * x[xi]; });
  for (int64_t i = 0; i < s.N * s.O * plane; ++i) y[i] = Apply(activation, y[i]);
}

// x [N, C, H, W], w [C, O, K, K], b [O]; writes y [N, O, H', W'].
template <class T>
void ConvTransposeForward(const ConvSizes& s, const T* x, const T* w, const T* b, Activation activation,
                          T* y) {
  const auto [out_h, out_w] = ConvTransposeOutputSize(s.geometry, {s.H, s.W});
  const int64_t plane = out_h * out_w;
  for (int64_t i = 0; i < s.N * s.O * plane; ++i) y[i] = b[i / plane % s.O];
  VisitConv(s.N, s.O, out_h, out_w, s.C, s.H, s.W, s.geometry,
            [&](int64_t yi, int64_t wi, int64_t xi) { y[yi] += w[wi] * x[xi]; });
  for (int64_t i = 0; i < s.N * s.O * plane; ++i) y[i] = Apply(activation, y[i]);
}

// dy [N, O, plane] becomes dz; writes db [O].
template <class T>
void ConvSlope(int64_t N, int64_t O, int64_t plane, const T* y, Activation activation, T* dy, T* db) {
  std::fill_n(db, O, T{});
  for (int64_t i = 0; i < N * O * plane; ++i) db[i / plane % O] += dy[i] *= Slope(activation, y[i]);
}

// dy becomes dz; writes dw, db and, unless it is null, dx. Shapes as in ConvForward.
template <class T>
void ConvBackward(const ConvSizes& s, const T* x, const T* w, const T* y, Activation activation, T* dy, T* dw,
                  T* db, T* dx) {
  const auto [out_h, out_w] = ConvOutputSize(s.geometry, {s.H, s.W});
  ConvSlope(s.N, s.O, out_h * out_w, y, activation, dy, db);
  std::fill_n(dw, s.O * s.C * s.geometry.kernel * s.geometry.kernel, T{});
  if (dx != nullptr) std::fill_n(dx, s.N * s.C * s.H * s.W, T{});
  VisitConv(s.N, s.C, s.H, s.W, s.O, out_h, out_w, s.geometry, [&](int64_t xi, int64_t wi, int64_t yi) {
    dw[wi] += x[xi] * dy[yi];
    if (dx != nullptr) dx[xi] += w[wi] * dy[yi];
  });
}

// The same for ConvTransposeForward.
template <class T>
void ConvTransposeBackward(const ConvSizes& s, const T* x, const T* w, const T* y, Activation activation,
                           T* dy, T* dw, T* db, T* dx) {
  const auto [out_h, out_w] = ConvTransposeOutputSize(s.geometry, {s.H, s.W});
  ConvSlope(s.N, s.O, out_h * out_w, y, activation, dy, db);
  std::fill_n(dw, s.O * s.C * s.geometry.kernel * s.geometry.kernel, T{});
  if (dx != nullptr) std::fill_n(dx, s.N * s.C * s.H * s.W, T{});
  VisitConv(s.N, s.O, out_h, out_w, s.C, s.H, s.W, s.geometry, [&](int64_t yi, int64_t wi, int64_t xi) {
    dw[wi] += x[xi] * dy[yi];
    if (dx != nullptr) dx[xi] += w[wi] * dy[yi];
  });
}

// y = x ∘ mask / (1 - probability) for `count` elements of one row; random numbers as in backend.h.
template <class T>
void Dropout(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t first_element, float probability,
             int64_t count, const T* x, T* y) {
  for (int64_t i = 0; i < count; ++i) {
    const bool kept = rng.Uniform(epoch, sample, first_element + static_cast<uint32_t>(i)) >= probability;
    y[i] = kept ? x[i] * (T{1} / (T{1} - T(probability))) : T{0};
  }
}

// A row of SampleCodes: z from d means and d logarithms of variances. n: its d normal numbers, or null.
template <class T>
void SampleCode(int64_t d, const T* moments, const T* n, T* z) {
  for (int64_t j = 0; j < d; ++j)
    z[j] = moments[j] + (n == nullptr ? T{0} : std::exp(moments[d + j] / 2) * n[j]);
}
template <class T>
void SampleCodeGradient(int64_t d, const T* moments, const T* n, const T* dz, T* dmoments) {
  for (int64_t j = 0; j < d; ++j) {
    dmoments[j] = dz[j];
    dmoments[d + j] = n == nullptr ? T{0} : dz[j] * n[j] * std::exp(moments[d + j] / 2) / 2;
  }
}

// Σ KL(N(mean, variance) ‖ N(0, 1)) over the rows; dmoments += its gradient · weight / N, except for numbers
// of the code whose mean divergence is below free_bits.
template <class T>
T GaussianDivergence(T free_bits, int64_t N, int64_t d, const T* moments, T weight, T* dmoments) {
  T all = 0;
  for (int64_t j = 0; j < d; ++j) {
    T sum = 0;
    for (int64_t i = 0; i < N; ++i) {
      const T mean = moments[i * 2 * d + j], s = moments[i * 2 * d + d + j];
      sum += (mean * mean + std::exp(s) - 1 - s) / 2;
    }
    all += sum;
    if (sum / T(N) < free_bits) continue;
    for (int64_t i = 0; i < N; ++i) {
      const int64_t at = i * 2 * d + j;
      dmoments[at] += weight / T(N) * moments[at];
      dmoments[at + d] += weight / T(N) * (std::exp(moments[at + d]) - 1) / 2;
    }
  }
  return all;
}

// The functions that loss formulas use, for plain numbers.
template <class T>
T MulAdd(T a, T b, T c) {
  return a * b + c;
}
template <class T>
T Abs(T x) {
  return std::abs(x);
}
template <class T>
T Sign(T x) {
  return T(x > 0) - T(x < 0);
}
template <class T>
T Log(T x) {
  return std::log(x);
}
template <class T>
T Max(T a, T b) {
  return std::max(a, b);
}
template <class T>
T Clip(T x, T limit) {
  return std::clamp(x, -limit, limit);
}
template <class T>
T Same(T /*like*/, float value) {
  return T(value);
}

#include "hourglass/backend/loss/losses-inl.h"

// The mean loss over `count` elements of y = activation(z), in channels of `plane` elements. Unless dz is
// null, adds weight · its gradient with respect to z to dz.
template <class T>
double Loss(const LossSettings& loss, int64_t count, const T* y, const T* target, Activation activation,
            T weight, T* dz, int64_t plane = 1) {
  const T parameter = static_cast<T>(loss.parameter);
  T sum{0};
  WithLoss<Losses>(loss.kind, [&]<class Formula>() {
    for (int64_t i = 0; i < count; ++i) {
      const std::vector<float>& weights = loss.channel_weights;
      const T channel = weights.empty() ? T{1} : T(weights[static_cast<size_t>(i / plane) % weights.size()]);
      sum += channel * Formula::Add(T{0}, y[i], target[i], parameter);
      if (dz == nullptr) continue;
      const T gradient =
          channel * weight / static_cast<T>(count) * Formula::Gradient(y[i], target[i], parameter);
      dz[i] += Formula::kOfSigmoid ? gradient : gradient * Slope(activation, y[i]);
    }
  });
  return static_cast<double>(sum) / static_cast<double>(count);
}

// |a - b|² of two codes [d].
template <class T>
T SquaredDistance(int64_t d, const T* a, const T* b) {
  T sum{0};
  for (int64_t c = 0; c < d; ++c) sum += (a[c] - b[c]) * (a[c] - b[c]);
  return sum;
}

// Adds slope · the gradient of D_ij = |scale (z_i - z_j)|² to dz [N, d].
template <class T>
void AddDistanceGradient(int64_t d, const T* z, int64_t i, int64_t j, T scale, T slope, T* dz) {
  for (int64_t c = 0; c < d; ++c) {
    const T force = T{2} * slope * scale * scale * (z[i * d + c] - z[j * d + c]);
    dz[i * d + c] += force;
    dz[j * d + c] -= force;
  }
}

// The neighbour loss of row i with partner p. slopes [N] = its derivatives by D_ij.
template <class T>
T NeighbourLossOfRow(const NeighbourLossSettings& settings, int64_t N, int64_t d, const T* z, int64_t i,
                     int64_t p, T* slopes) {
  const T scale = T(settings.scale), rho = T(settings.rho), s = T(settings.s);
  const auto kernel = [&](int64_t j) {
    return T{1} / (T{1} + scale * scale * SquaredDistance(d, z + i * d, z + j * d));
  };
  slopes[i] = T{0};
  if (settings.repulsion == Repulsion::kInfoNce) {
    T sum{0};
    for (int64_t j = 0; j < N; ++j) sum += j == i ? T{0} : kernel(j);
    for (int64_t j = 0; j < N; ++j) {
      const T q = kernel(j);
      if (j != i) slopes[j] = (j == p ? q : T{0}) - q * q / (rho * sum);
    }
    return -std::log(kernel(p)) + std::log(sum) / rho;
  }
  T loss{0};
  for (int64_t j = 0; j < N; ++j) {
    if (j == i) continue;
    const T q = kernel(j), h = T{1} / (T{1} + s / q);
    loss -= std::log(j == p ? h : T{1} - h);
    slopes[j] = j == p ? s * h : -h * q;
  }
  return loss;
}

// The loss of the directions u of codes z [N, d], likewise. Of a gradient by u, z gets what is orthogonal to
// u, divided by |z|.
template <class T>
T CosineLoss(T temperature, int64_t N, int64_t d, const T* z, const int32_t* partners, T weight, T* dz) {
  std::vector<T> lengths, u(z, z + N * d);
  for (int64_t i = 0; i < N; ++i) {
    T square{0};
    for (int64_t c = 0; c < d; ++c) square += z[i * d + c] * z[i * d + c];
    lengths.push_back(std::sqrt(square));
    for (int64_t c = 0; c < d && square > 0; ++c) u[static_cast<size_t>(i * d + c)] /= lengths.back();
  }
  const auto distance = [&](int64_t i, int64_t j) {
    return SquaredDistance(d, u.data() + i * d, u.data() + j * d) / (2 * temperature);
  };
  std::vector<T> du(u.size());
  T loss{0};
  for (int64_t i = 0; i < N; ++i) {
    const int64_t p = partners[i];
    if (p < 0) continue;
    T sum{0};
    for (int64_t j = 0; j < N; ++j) sum += j == i ? T{0} : std::exp(-distance(i, j));
    loss += distance(i, p) + std::log(sum);
    for (int64_t j = 0; j < N; ++j) {
      const T slope = j == i ? T{0} : (j == p ? T{1} : T{0}) - std::exp(-distance(i, j)) / sum;
      AddDistanceGradient(d, u.data(), i, j, T{1}, weight / T(N) * slope / (2 * temperature), du.data());
    }
  }
  for (int64_t i = 0; dz != nullptr && i < N; ++i) {
    const T length = lengths[static_cast<size_t>(i)];
    T along{0};
    for (int64_t c = i * d; c < (i + 1) * d; ++c)
      along += du[static_cast<size_t>(c)] * u[static_cast<size_t>(c)];
    for (int64_t c = i * d; c < (i + 1) * d && length > 0; ++c)
      dz[c] += (du[static_cast<size_t>(c)] - along * u[static_cast<size_t>(c)]) / length;
  }
  return loss;
}

// The sum of the neighbour loss over the rows of z [N, d]. Unless dz is null, adds weight / N · its gradient.
template <class T>
T NeighbourLoss(const NeighbourLossSettings& settings, int64_t N, int64_t d, const T* z,
                const int32_t* partners, T weight, T* dz) {
  if (settings.repulsion == Repulsion::kCosine)
    return CosineLoss(T(settings.temperature), N, d, z, partners, weight, dz);
  std::vector<T> slopes(static_cast<size_t>(N));
  T sum{0};
  for (int64_t i = 0; i < N; ++i) {
    if (partners[i] < 0) continue;
    sum += NeighbourLossOfRow(settings, N, d, z, i, partners[i], slopes.data());
    for (int64_t j = 0; dz != nullptr && j < N; ++j) {
      AddDistanceGradient(d, z, i, j, T(settings.scale), weight / T(N) * slopes[static_cast<size_t>(j)], dz);
    }
  }
  return sum;
}

// Makes values those of mean 0 and deviation 1, or 0 if they are equal but for rounding. Returns what their
// standard deviation was, or 0 likewise.
template <class T>
T Standardise(std::vector<T>& values, bool logarithms) {
  const T count = T(values.size());
  T mean{0}, variance{0};
  for (const T value : values) mean += value / count;
  for (const T value : values) variance += (value - mean) * (value - mean) / count;
  const bool equal = std::sqrt(variance) <= T{1e-5} * (logarithms ? T{1} : std::abs(mean));
  const T deviation = equal ? T{0} : std::sqrt(variance);
  for (T& value : values) value = equal ? T{0} : (value - mean) / deviation;
  return deviation;
}

// A thousandth of the root mean square.
template <class T>
T LeastDistance(const std::vector<T>& distances) {
  T squares{0};
  for (const T distance : distances) squares += distance * distance / T(distances.size());
  return T{1e-3} * std::sqrt(squares);
}

template <class T>
void TakeLogarithms(std::vector<T>& distances) {
  const T least = LeastDistance(distances);
  for (T& distance : distances) distance = least == 0 ? T{0} : std::log(std::max(distance, least));
}

// 1 - r for x [N, P] and z [N, d]. Unless dz is null, adds weight · its gradient: by a distance δ of codes it
// is -(A - r B) / (pairs · the standard deviation of δ), A and B being the standardised distances; by the
// logarithm of δ the same, with those of logarithms.
template <class T>
T CorrelationLoss(const CorrelationSettings& settings, int64_t N, int64_t P, int64_t d, const T* x,
                  const T* z, T weight, T* dz) {
  std::vector<T> A, B;
  for (const int64_t shift : settings.shifts) {
    for (int64_t i = 0; i < N; ++i) {
      const int64_t j = (i + shift) % N;
      A.push_back(std::sqrt(SquaredDistance(P, x + i * P, x + j * P)));
      B.push_back(std::sqrt(SquaredDistance(d, z + i * d, z + j * d)));
    }
  }
  const std::vector<T> distances = B;
  if (settings.logarithms) {
    TakeLogarithms(A);
    TakeLogarithms(B);
  }
  const T pairs = T(A.size()), varies = Standardise(A, settings.logarithms);
  const T deviation = Standardise(B, settings.logarithms);
  T r{0};
  for (size_t pair = 0; pair < A.size(); ++pair) r += A[pair] * B[pair] / pairs;
  if (varies == 0 || deviation == 0) return T{1};
  const T least = settings.logarithms ? LeastDistance(distances) : T{0};
  for (size_t pair = 0; dz != nullptr && pair < A.size(); ++pair) {
    const T distance = distances[pair];
    if (distance <= least) continue;
    const int64_t i = int64_t(pair) % N, j = (i + settings.shifts[pair / size_t(N)]) % N;
    const T slope = -(A[pair] - r * B[pair]) / (pairs * deviation * (settings.logarithms ? distance : T{1}));
    for (int64_t c = 0; c < d; ++c) {
      const T force = weight * slope * (z[i * d + c] - z[j * d + c]) / distance;
      dz[i * d + c] += force;
      dz[j * d + c] -= force;
    }
  }
  return T{1} - r;
}

// The pixels of a window of SSIM whose corner is at `first`, in an image of width W: visit(pixel, weight).
template <class T, class Visit>
void VisitWindow(const std::vector<double>& window, int64_t first, int64_t W, const Visit& visit) {
  for (size_t i = 0; i < window.size(); ++i) {
    for (size_t j = 0; j < window.size(); ++j)
      visit(first + int64_t(i) * W + int64_t(j), T(window[i]) * T(window[j]));
  }
}

// SSIM of one window of the channels y and x; unless dy is null, adds scale · its gradient by y to dy. Each
// y_i acts on Y with its weight w, on S with 2 w y_i and on M with w x_i; letters as in backend.h.
template <class T>
T SsimOfWindow(const std::vector<double>& window, int64_t first, int64_t W, const T* y, const T* x, T scale,
               T* dy) {
  T X{0}, Y{0}, S{0}, M{0};
  VisitWindow<T>(window, first, W, [&](int64_t i, T w) {
    X += w * x[i];
    Y += w * y[i];
    S += w * (x[i] * x[i] + y[i] * y[i]);
    M += w * x[i] * y[i];
  });
  const T means = T{2} * X * Y + T(kSsimC1), covariances = T{2} * (M - X * Y) + T(kSsimC2);
  const T squares = X * X + Y * Y + T(kSsimC1), variances = S - X * X - Y * Y + T(kSsimC2);
  const T similarity = means * covariances / (squares * variances);
  if (dy == nullptr) return similarity;
  const T by_mean = T{2} * X * (covariances - means) / (squares * variances) -
                    T{2} * Y * similarity * (T{1} / squares - T{1} / variances);
  const T by_squares = -similarity / variances, by_product = T{2} * means / (squares * variances);
  VisitWindow<T>(window, first, W, [&](int64_t i, T w) {
    dy[i] += scale * w * (by_mean + T{2} * by_squares * y[i] + by_product * x[i]);
  });
  return similarity;
}

// The sum of 1 - SSIM over N images y = activation(z) and x [N, C, H, W]. Unless dz is null, adds weight / N
// · its gradient with respect to z.
template <class T>
T SsimLoss(int64_t N, int64_t C, int64_t H, int64_t W, const T* y, const T* x, Activation activation,
           T weight, T* dz) {
  const std::vector<double> window = SsimWindow({H, W});
  const int64_t K = std::ssize(window), rows = H - K + 1, columns = W - K + 1;
  const T positions = T(C * rows * columns);
  std::vector<T> dy(size_t(H * W));
  T sum = T(N);
  for (int64_t channel = 0; channel < N * C; ++channel, y += H * W, x += H * W) {
    std::fill(dy.begin(), dy.end(), T{0});
    for (int64_t place = 0; place < rows * columns; ++place) {
      sum -= SsimOfWindow(window, place / columns * W + place % columns, W, y, x,
                          -weight / (T(N) * positions), dz == nullptr ? nullptr : dy.data()) /
             positions;
    }
    for (int64_t i = 0; dz != nullptr && i < H * W; ++i)
      dz[channel * H * W + i] += dy[size_t(i)] * Slope(activation, y[i]);
  }
  return sum;
}

template <class T>
void AdamStep(const AdamSettings& settings, double learning_rate, int64_t step, int64_t count, const T* grads,
              T* params, T* m, T* v) {
  const double correction1 = 1 - std::pow(settings.beta1, static_cast<double>(step));
  const double correction2 = 1 - std::pow(settings.beta2, static_cast<double>(step));
  for (int64_t i = 0; i < count; ++i) {
    const bool l2 = settings.decay == DecayKind::kL2;
    const T g = grads[i] + (l2 ? T(settings.weight_decay) * params[i] : T{0});
    if (!l2) params[i] *= T(1 - learning_rate * settings.weight_decay);
    m[i] = T(settings.beta1) * m[i] + T(1 - settings.beta1) * g;
    v[i] = T(settings.beta2) * v[i] + T(1 - settings.beta2) * g * g;
    const T denominator = std::sqrt(v[i]) / T(std::sqrt(correction2)) + T(settings.epsilon);
    params[i] -= T(learning_rate / correction1) * m[i] / denominator;
  }
}

template <class T>
void AdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step, int64_t count,
                const T* grads, T* params, T* m, T* u) {
  const double rate = learning_rate / (1 - std::pow(settings.beta1, static_cast<double>(step)));
  for (int64_t i = 0; i < count; ++i) {
    const T g = grads[i] + T(settings.weight_decay) * params[i];
    m[i] = T(settings.beta1) * m[i] + T(1 - settings.beta1) * g;
    u[i] = std::max(T(settings.beta2) * u[i], std::abs(g) + T(settings.epsilon));
    params[i] -= T(rate) * m[i] / u[i];
  }
}

template <class T>
void SgdStep(const SgdSettings& settings, double learning_rate, int64_t count, const T* grads, T* params,
             T* velocity) {
  for (int64_t i = 0; i < count; ++i) {
    const T g = grads[i] + T(settings.weight_decay) * params[i];
    velocity[i] = T(settings.momentum) * velocity[i] + g;
    params[i] -= T(learning_rate) * velocity[i];
  }
}

// x [rows, columns] = x p(xᵀx) with the polynomial of Muon.
template <class T>
void MuonIteration(int64_t rows, int64_t columns, T* x) {
  const auto multiply = [](int64_t M, int64_t N, int64_t K, const auto& a, const auto& b) {
    std::vector<T> c(static_cast<size_t>(M * N));
    for (int64_t i = 0; i < M * N; ++i) {
      for (int64_t k = 0; k < K; ++k) c[static_cast<size_t>(i)] += a(i / N, k) * b(k, i % N);
    }
    return c;
  };
  const auto elements = [](const T* matrix, int64_t width) {
    return [=](int64_t i, int64_t j) { return matrix[i * width + j]; };
  };
  const auto of_x = elements(x, columns);
  const auto gram = multiply(
      columns, columns, rows, [&](int64_t i, int64_t k) { return of_x(k, i); }, of_x);
  const auto of_gram = elements(gram.data(), columns);
  std::vector<T> p = multiply(columns, columns, columns, of_gram, of_gram);
  for (int64_t i = 0; i < columns * columns; ++i) {
    const auto at = static_cast<size_t>(i);
    p[at] = T(kMuonPolynomial.b) * gram[at] + T(kMuonPolynomial.c) * p[at];
    if (i / columns == i % columns) p[at] += T(kMuonPolynomial.a);
  }
  std::ranges::copy(multiply(rows, columns, columns, of_x, elements(p.data(), columns)), x);
}

template <class T>
void MuonStep(const MuonSettings& settings, double learning_rate, int64_t rows, int64_t columns,
              const T* grads, T* params, T* velocity) {
  std::vector<T> x(static_cast<size_t>(rows * columns));
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    velocity[i] = T(settings.momentum) * velocity[i] + grads[i];
    x[i] = grads[i] + T(settings.momentum) * velocity[i];
    sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  }
  for (T& element : x) element /= T(std::sqrt(sum) + kMuonEpsilon);
  for (int i = 0; i < kMuonIterations; ++i) MuonIteration(rows, columns, x.data());
  for (size_t i = 0; i < x.size(); ++i) {
    params[i] *= T(1 - learning_rate * settings.weight_decay);
    params[i] -= T(learning_rate * MuonScale(rows, columns)) * x[i];
  }
}

// y = x; the caller rounds.
template <class T>
void Round(int64_t count, const T* x, T* y) {
  std::copy(x, x + count, y);
}

template <class T>
void ClipNorm(double limit, int64_t count, T* x) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  const double factor = std::min(1.0, limit / (std::sqrt(sum) + 1e-6));
  for (int64_t i = 0; i < count; ++i) x[i] *= static_cast<T>(factor);
}

template <class T>
void Add(int64_t count, const T* x, T* y) {
  for (int64_t i = 0; i < count; ++i) y[i] += x[i];
}

// The distribution function of the standard normal distribution.
template <class T>
T NormalDistribution(T x) {
  return std::erfc(-x / std::sqrt(T{2})) / T{2};
}

template <class T>
void Gelu(int64_t count, const T* x, T* y) {
  for (int64_t i = 0; i < count; ++i) y[i] = x[i] * NormalDistribution(x[i]);
}

template <class T>
void GeluGradient(int64_t count, const T* x, const T* dy, T* dx) {
  const T norm = std::sqrt(T{2} * std::numbers::pi_v<T>);
  for (int64_t i = 0; i < count; ++i) {
    const T density = std::exp(-x[i] * x[i] / T{2}) / norm;
    dx[i] = dy[i] * (NormalDistribution(x[i]) + x[i] * density);
  }
}

// One row.
template <class T>
void MixRow(int64_t count, const T* other, T share, T* x) {
  for (int64_t i = 0; i < count; ++i) x[i] += share * (other[i] - x[i]);
}

// The value at row h and column w of an image [H, W], linear between pixels; both are limited to the image.
template <class T>
T ValueAt(const T* x, int64_t H, int64_t W, T h, T w) {
  h = std::clamp(h, T{0}, T(H - 1));
  w = std::clamp(w, T{0}, T(W - 1));
  const auto top = static_cast<int64_t>(h), left = static_cast<int64_t>(w);
  T value = 0;
  for (int64_t i = top; i < std::min(top + 2, H); ++i) {
    for (int64_t j = left; j < std::min(left + 2, W); ++j)
      value += (1 - std::abs(h - T(i))) * (1 - std::abs(w - T(j))) * x[i * W + j];
  }
  return value;
}

// y = the image x [C, H, W] changed, as sample `sample`; random numbers as in backend.h.
template <class T>
void Augment(const Augmentation& augmentation, const Rng& rng, uint32_t epoch, uint64_t sample, int64_t C,
             int64_t H, int64_t W, const T* x, T* y) {
  const auto uniform = [&](uint32_t number) { return T(rng.Uniform(epoch, sample, number)); };
  const auto factor = [&](uint32_t number) {
    return 1 + T(augmentation.colour_jitter) * (2 * uniform(number) - 1);
  };
  const auto shift = [&](uint32_t number) {
    return rng.Below(static_cast<uint32_t>(2 * augmentation.shift + 1), epoch, sample, number) -
           augmentation.shift;
  };
  const bool mirror = augmentation.flip && rng.Below(2, epoch, sample, 0) == 1;
  const int64_t down = shift(1), right = shift(2);
  const T side = 1 - (1 - T(augmentation.crop)) * uniform(3), half = T(1) / 2;
  const T top = (1 - side) * uniform(4) * T(H), left = (1 - side) * uniform(5) * T(W);
  for (int64_t c = 0; c < C; ++c) {
    for (int64_t h = 0; h < H; ++h) {
      for (int64_t w = 0; w < W; ++w) {
        y[(c * H + h) * W + w] = ValueAt(x + c * H * W, H, W, (T(h) + half) * side + top - half - T(down),
                                         (T(mirror ? W - 1 - w : w) + half) * side + left - half - T(right));
      }
    }
  }
  if (!augmentation.recolours()) return;
  const T brightness = factor(6), contrast = factor(7);
  const T saturation = uniform(9) < T(augmentation.grey_share) ? 0 : factor(8);
  for (int64_t pixel = 0; pixel < H * W; ++pixel) {
    T grey = 0;
    for (int64_t c = 0; c < C; ++c) grey += y[c * H * W + pixel] / T(C);
    for (int64_t c = 0; c < C; ++c) {
      T& value = y[c * H * W + pixel];
      value = brightness * (grey + saturation * (value - grey));
      value = std::clamp(half + contrast * (value - half), T{0}, T{1});
    }
  }
}

// Corrupts one image x [C, H, W], which is sample `sample`; random numbers as in backend.h.
template <class T>
void Corrupt(const Corruption& corruption, const Rng& rng, uint32_t epoch, uint64_t sample, int64_t C,
             int64_t H, int64_t W, T* x) {
  const auto set_pixel = [&](int64_t pixel, T value) {
    for (int64_t c = 0; c < C; ++c) x[c * H * W + pixel] = value;
  };
  switch (corruption.kind) {
    case CorruptionKind::kNone:
      return;
    case CorruptionKind::kGaussian:
      for (int64_t i = 0; i < C * H * W; ++i) {
        x[i] += T(corruption.amount) * T(rng.Normal(epoch, sample, static_cast<uint32_t>(i)));
      }
      return;
    case CorruptionKind::kOcclusion: {
      const int64_t side = OcclusionSide(corruption.amount, H, W);
      const int64_t top = rng.Below(static_cast<uint32_t>(H - side + 1), epoch, sample, 0);
      const int64_t left = rng.Below(static_cast<uint32_t>(W - side + 1), epoch, sample, 1);
      for (int64_t h = top; h < top + side; ++h) {
        for (int64_t w = left; w < left + side; ++w) set_pixel(h * W + w, T{0});
      }
      return;
    }
    case CorruptionKind::kSaltPepper:
    case CorruptionKind::kMasking: {
      const auto replaced = static_cast<uint32_t>(corruption.amount * 0x1p32);
      for (int64_t p = 0; p < H * W; ++p) {
        const uint32_t word = rng.Block(epoch, sample, static_cast<uint32_t>(p / 4))[p % 4];
        const bool white = corruption.kind == CorruptionKind::kSaltPepper && word < replaced / 2;
        if (word < replaced) set_pixel(p, white ? T{1} : T{0});
      }
    }
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
