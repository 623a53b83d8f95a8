#include "hourglass/backend/cpu/ssim_loss.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/ssim_loss.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "hourglass/backend/cpu/element.h"
#include "hourglass/backend/cpu/with_compute_type.h"
#include "hourglass/backend/reference.h"
#include "hourglass/backend/ssim.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using F64 = hn::CappedTag<double, SsimPlanes::kMostLanes>;
using VF64 = hn::Vec<F64>;

// The weighted means of columns of K pixels: both images, their squares and their product in one pass.
inline void BlurColumns(SsimPlanes& p) {
  const F64 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t h = 0; h < p.rows; ++h) {
    for (int64_t w = 0; w < p.stride; w += lanes) {
      const double *target = p.target.data() + h * p.stride + w, *y = p.y.data() + h * p.stride + w;
      VF64 X = hn::Zero(d), Y = X, S = X, M = X;
      for (int64_t k = 0; k < p.K; ++k, target += p.stride, y += p.stride) {
        const VF64 weight = hn::Set(d, p.window[k]), a = hn::LoadU(d, target), b = hn::LoadU(d, y);
        const VF64 weighted_a = hn::Mul(weight, a), weighted_b = hn::Mul(weight, b);
        X = hn::Add(X, weighted_a);
        Y = hn::Add(Y, weighted_b);
        S = hn::MulAdd(weighted_a, a, hn::MulAdd(weighted_b, b, S));
        M = hn::MulAdd(weighted_a, b, M);
      }
      const int64_t at = h * p.stride + w;
      hn::StoreU(X, d, p.blurred[0].data() + at);
      hn::StoreU(Y, d, p.blurred[1].data() + at);
      hn::StoreU(S, d, p.blurred[2].data() + at);
      hn::StoreU(M, d, p.blurred[3].data() + at);
    }
  }
}

// Σ window[k] · from[k · step], vector by vector.
HWY_INLINE VF64 Weighted(const SsimPlanes& p, const double* from, int64_t step) {
  const F64 d;
  VF64 sum = hn::Zero(d);
  for (int64_t k = 0; k < p.K; ++k)
    sum = hn::MulAdd(hn::Set(d, p.window[k]), hn::LoadU(d, from + k * step), sum);
  return sum;
}

// SSIM at the positions of one vector, and its slopes by Y, S and M:
//   by Y: 2X (B - A) / (D E) - 2Y SSIM (1 / D - 1 / E), by S: -SSIM / E, by M: 2A / (D E),
// where SSIM = A B / (D E), as the four factors stand in backend.h.
template <bool kGradient>
HWY_INLINE VF64 Similarity(VF64 X, VF64 Y, VF64 S, VF64 M, VF64* slopes) {
  const F64 d;
  const VF64 one = hn::Set(d, 1.0), two = hn::Set(d, 2.0), C1 = hn::Set(d, kSsimC1), C2 = hn::Set(d, kSsimC2);
  const VF64 XY = hn::Mul(X, Y), squares = hn::MulAdd(X, X, hn::Mul(Y, Y));
  const VF64 A = hn::MulAdd(two, XY, C1), B = hn::MulAdd(two, hn::Sub(M, XY), C2);
  const VF64 D = hn::Add(squares, C1), E = hn::Add(hn::Sub(S, squares), C2);
  const VF64 over = hn::Div(one, hn::Mul(D, E));
  const VF64 similarity = hn::Mul(hn::Mul(A, B), over);
  if constexpr (kGradient) {
    // 1 / D - 1 / E = (E - D) / (D E)
    const VF64 of_means = hn::Mul(hn::Mul(two, X), hn::Sub(B, A));
    const VF64 of_squares = hn::Mul(hn::Mul(two, Y), hn::Mul(similarity, hn::Sub(E, D)));
    slopes[0] = hn::Mul(hn::Sub(of_means, of_squares), over);
    slopes[1] = hn::Neg(hn::Mul(similarity, hn::Mul(D, over)));
    slopes[2] = hn::Mul(hn::Mul(two, A), over);
  }
  return hn::IfThenElse(hn::Gt(similarity, one), one, similarity);  // keeps a NaN; hn::Min may not
}

// The sum of SSIM over all positions, and the slopes there.
template <bool kGradient>
double Compare(SsimPlanes& p) {
  const F64 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  double sum = 0;
  for (int64_t h = 0; h < p.rows; ++h) {
    VF64 of_row = hn::Zero(d);
    for (int64_t w = 0; w < p.columns; w += lanes) {
      const auto blurred = [&](int map) { return Weighted(p, p.blurred[map].data() + h * p.stride + w, 1); };
      const auto inside = hn::FirstN(d, static_cast<size_t>(std::min(lanes, p.columns - w)));
      VF64 slopes[3];
      const VF64 similarity = Similarity<kGradient>(blurred(0), blurred(1), blurred(2), blurred(3), slopes);
      of_row = hn::Add(of_row, hn::IfThenElseZero(inside, similarity));
      for (int map = 0; kGradient && map < 3; ++map) {
        double* to = p.slopes[map].data() + h * p.wide + p.K - 1 + w;
        hn::StoreU(hn::IfThenElseZero(inside, slopes[map]), d, to);
      }
    }
    sum += hn::GetLane(hn::SumOfLanes(d, of_row));
  }
  return sum;
}

// The gradient: each pixel belongs to the K × K windows around it, so the slopes are blurred like pixels, and
//   dy_i = (blurred slope by Y) + 2 y_i (that by S) + target_i (that by M).
inline void SpreadSlopes(SsimPlanes& p) {
  const F64 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int map = 0; map < 3; ++map) {
    double* rows = p.spread[map].data() + (p.K - 1) * p.stride;
    for (int64_t h = 0; h < p.rows; ++h) {
      for (int64_t w = 0; w < p.stride; w += lanes)
        hn::StoreU(Weighted(p, p.slopes[map].data() + h * p.wide + w, 1), d, rows + h * p.stride + w);
    }
  }
  const VF64 two = hn::Set(d, 2.0);
  for (int64_t at = 0; at < p.H * p.stride; at += lanes) {
    const auto spread = [&](int map) { return Weighted(p, p.spread[map].data() + at, p.stride); };
    const VF64 y = hn::Mul(two, hn::LoadU(d, p.y.data() + at)), target = hn::LoadU(d, p.target.data() + at);
    hn::StoreU(hn::MulAdd(target, spread(2), hn::MulAdd(y, spread(1), spread(0))), d, p.dy.data() + at);
  }
}

double CompareChannels(SsimPlanes& planes, bool gradient) {
  BlurColumns(planes);
  if (!gradient) return Compare<false>(planes);
  const double sum = Compare<true>(planes);
  SpreadSlopes(planes);
  return sum;
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {
namespace {

HWY_EXPORT(CompareChannels);

// The rows of a channel, widened.
template <class T>
void LoadChannel(const T* channel, const SsimPlanes& p, std::vector<double>& rows) {
  for (int64_t i = 0; i < p.H * p.W; ++i)
    rows[static_cast<size_t>(i / p.W * p.stride + i % p.W)] = static_cast<double>(Wide(channel[i]));
}

// dz = (or +=) scale · dy · the slope of the activation.
template <class T>
void StoreGradient(const SsimPlanes& p, Activation activation, double scale, Accumulation accumulation,
                   T* dz) {
  for (int64_t i = 0; i < p.H * p.W; ++i) {
    const auto at = static_cast<size_t>(i / p.W * p.stride + i % p.W);
    const double gradient = scale * p.dy[at] * reference::Slope(activation, p.y[at]);
    if (accumulation == Accumulation::kAdd) {
      Add(gradient, dz[i]);
    } else {
      Set(static_cast<float>(gradient), dz[i]);
    }
  }
}

}  // namespace

void SsimLossOfImages::MakeRoom(const PlaneSize& image, int64_t rows) {
  losses_.assign(static_cast<size_t>(rows), 0.0);
  if (image.height == image_.height && image.width == image_.width) return;
  image_ = image;
  window_ = SsimWindow(image);
  planes_.clear();
  for (int thread = 0; thread < team_->size(); ++thread) planes_.emplace_back(image, window_);
}

double SsimLossOfImages::Sum(const Tensor& y, const Tensor& target, Activation activation, double weight,
                             Accumulation accumulation, Tensor* dz) {
  constexpr int64_t kPixels = 1 << 9;  // of an image that takes longer than waking a thread
  const Shape& shape = target.shape();
  const int64_t N = shape[0], C = shape[1], pixels = shape[2] * shape[3];
  MakeRoom({shape[2], shape[3]}, N);
  WithComputeType(y.dtype(), [&]<class T>() {
    team_->For(N, std::max<int64_t>(kPixels / (C * pixels), 1), [&](int thread, int64_t begin, int64_t end) {
      SsimPlanes& planes = planes_[static_cast<size_t>(thread)];
      const auto positions = static_cast<double>(C * planes.rows * planes.columns);
      for (int64_t channel = begin * C; channel < end * C; ++channel) {
        LoadChannel(y.data<T>() + channel * pixels, planes, planes.y);
        LoadChannel(target.data<T>() + channel * pixels, planes, planes.target);
        const double sum = HWY_DYNAMIC_DISPATCH(CompareChannels)(planes, dz != nullptr);
        losses_[static_cast<size_t>(channel / C)] += 1 / static_cast<double>(C) - sum / positions;
        if (dz == nullptr) continue;
        StoreGradient(planes, activation, -weight / (static_cast<double>(N) * positions), accumulation,
                      dz->data<T>() + channel * pixels);
      }
    });
  });
  return std::accumulate(losses_.begin(), losses_.end(), 0.0);
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
