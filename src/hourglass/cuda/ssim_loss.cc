#include "hourglass/cuda/ssim_loss.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include "hourglass/backend/cpu/with_compute_type.h"
#include "hourglass/backend/ssim.h"
#include "hourglass/cuda/activation.h"

namespace hourglass::cuda {
namespace {

// A channel of an image, and the places of the window in it.
struct SsimPlane {
  int64_t height, width;
  const double* window;  // [K], on the device
  int64_t K;

  __host__ __device__ int64_t pixels() const { return height * width; }
  __host__ __device__ int64_t rows() const { return height - K + 1; }
  __host__ __device__ int64_t columns() const { return width - K + 1; }
  __host__ __device__ int64_t places() const { return rows() * columns(); }
};

// Of a window; letters as in backend.h.
struct SsimMeans {
  double X = 0, Y = 0, S = 0, M = 0;
};

// The slopes of SSIM by Y, S and M.
struct SsimSlopes {
  double by_Y, by_S, by_M;
};

// Of the window whose first pixel is at x and y.
template <class T>
__host__ __device__ SsimMeans MeansOfWindow(const SsimPlane& plane, const T* x, const T* y) {
  SsimMeans means;
  for (int64_t i = 0; i < plane.K; ++i) {
    for (int64_t j = 0; j < plane.K; ++j) {
      const double weight = plane.window[i] * plane.window[j];
      const double a = Load(x + i * plane.width + j), b = Load(y + i * plane.width + j);
      means.X += weight * a;
      means.Y += weight * b;
      means.S += weight * (a * a + b * b);
      means.M += weight * a * b;
    }
  }
  return means;
}

// SSIM = A B / (D E), as the four factors stand in backend.h, and its slopes.
__host__ __device__ inline double Similarity(const SsimMeans& m, SsimSlopes& slopes) {
  const double squares = m.X * m.X + m.Y * m.Y;
  const double A = 2 * m.X * m.Y + kSsimC1, B = 2 * (m.M - m.X * m.Y) + kSsimC2;
  const double D = squares + kSsimC1, E = m.S - squares + kSsimC2;
  const double similarity = A * B / (D * E);
  slopes.by_Y = 2 * m.X * (B - A) / (D * E) - 2 * m.Y * similarity * (1 / D - 1 / E);
  slopes.by_S = -similarity / E;
  slopes.by_M = 2 * A / (D * E);
  return similarity > 1 ? 1 : similarity;  // keeps a NaN
}

// The sum of SSIM's slopes by pixel number `pixel` of a channel, whose values are x and y, over the windows
// around it. slopes: of the windows of the channel.
__host__ __device__ inline double SlopeByPixel(const SsimPlane& plane, const SsimSlopes* slopes,
                                               int64_t pixel, double x, double y) {
  const int64_t h = pixel / plane.width, w = pixel % plane.width;
  const int64_t top = std::max<int64_t>(h - plane.K + 1, 0), bottom = std::min(h, plane.rows() - 1);
  const int64_t left = std::max<int64_t>(w - plane.K + 1, 0), right = std::min(w, plane.columns() - 1);
  double sum = 0;
  for (int64_t row = top; row <= bottom; ++row) {
    for (int64_t column = left; column <= right; ++column) {
      const SsimSlopes& by = slopes[row * plane.columns() + column];
      sum += plane.window[h - row] * plane.window[w - column] * (by.by_Y + 2 * by.by_S * y + by.by_M * x);
    }
  }
  return sum;
}

// *sum += factor · Σ (1 - SSIM) over the places of all channels. Unless it is null, writes `slopes`.
template <class T>
void AddDissimilarity(Launcher& launcher, SsimPlane plane, int64_t channels, double factor, const T* x,
                      const T* y, SsimSlopes* slopes, double* sum) {
  launcher.AddSum(
      channels * plane.places(),
      [=] __device__(int64_t i) {
        const int64_t channel = i / plane.places(), place = i % plane.places();
        const int64_t first =
            channel * plane.pixels() + place / plane.columns() * plane.width + place % plane.columns();
        SsimSlopes here;
        const double similarity = Similarity(MeansOfWindow(plane, x + first, y + first), here);
        if (slopes != nullptr) slopes[i] = here;
        return factor * (1 - similarity);
      },
      sum);
}

// dz = (or +=) factor · the slopes by y · the slope of the activation.
template <class T>
void StoreSsimGradient(Launcher& launcher, SsimPlane plane, int64_t channels, double factor, const T* x,
                       const T* y, const SsimSlopes* slopes, Activation activation, Accumulation accumulation,
                       T* dz) {
  const bool add = accumulation == Accumulation::kAdd;
  launcher.Loop(channels * plane.pixels(), [=] __device__(int64_t i) {
    const int64_t channel = i / plane.pixels(), pixel = i % plane.pixels();
    const float output = Load(y + i);
    const double dy =
        factor * SlopeByPixel(plane, slopes + channel * plane.places(), pixel, Load(x + i), output);
    const float gradient = static_cast<float>(dy) * Slope(activation, output);
    Store(gradient + (add ? Load(dz + i) : 0.0f), dz + i);
  });
}

}  // namespace

void SsimLoss(Launcher& launcher, const Tensor& y, const Tensor& target, Activation activation, double weight,
              Accumulation accumulation, Tensor* dz, Tensor& sums, int64_t term) {
  const Shape& shape = target.shape();
  const std::vector<double> window = SsimWindow({shape[2], shape[3]});
  const double* window_on_device = launcher.stream().StepInput(std::span<const double>(window));
  const SsimPlane plane = {shape[2], shape[3], window_on_device, std::ssize(window)};
  const int64_t channels = shape[0] * shape[1];
  const double share = 1 / static_cast<double>(shape[1] * plane.places());  // of a place in its image
  Buffer<SsimSlopes> slopes(launcher.stream(), dz == nullptr ? 0 : channels * plane.places());
  cpu::WithComputeType(y.dtype(), [&]<class T>() {
    const T *of_target = Elements<T>(target), *of_y = Elements<T>(y);
    AddDissimilarity(launcher, plane, channels, share, of_target, of_y,
                     dz == nullptr ? nullptr : slopes.data(), Elements<double>(sums) + term);
    if (dz == nullptr) return;
    StoreSsimGradient(launcher, plane, channels, -weight * share / static_cast<double>(shape[0]), of_target,
                      of_y, slopes.data(), activation, accumulation, Elements<T>(*dz));
  });
}

}  // namespace hourglass::cuda
