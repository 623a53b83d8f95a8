#include "hourglass/backend/cpu/cpu_backend.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include "hourglass/backend/cpu/add.h"
#include "hourglass/backend/cpu/augment.h"
#include "hourglass/backend/cpu/correlation_loss.h"
#include "hourglass/backend/cpu/corrupt.h"
#include "hourglass/backend/cpu/dropout.h"
#include "hourglass/backend/cpu/gaussian_code.h"
#include "hourglass/backend/cpu/gelu.h"
#include "hourglass/backend/cpu/loss.h"
#include "hourglass/backend/cpu/optimizers.h"
#include "hourglass/backend/cpu/parts.h"
#include "hourglass/backend/cpu/passes.h"
#include "hourglass/backend/cpu/pixels.h"
#include "hourglass/backend/cpu/slope.h"
#include "hourglass/backend/cpu/with_compute_type.h"
#include "hourglass/core/denormals.h"

namespace hourglass::cpu {
namespace {

constexpr int64_t kElementGrain = 1 << 14;  // minimum elements per thread; for fewer, waking it costs more

// Brings `count` bytes into the cache.
void Fetch(const uint8_t* bytes, int64_t count) {
  constexpr int64_t kLine = 64;
  for (int64_t i = 0; i < count; i += kLine) __builtin_prefetch(bytes + i);
}

int64_t RowGrain(int64_t columns) {
  return std::max<int64_t>(kElementGrain / columns, 1);
}

// Calls visit(from, to, weight) for elements [begin, end) of images [N, C, H, W], channel by channel; once if
// all channels have the weight 1.
template <class Visit>
void VisitChannels(const std::vector<float>& weights, const Shape& images, int64_t begin, int64_t end,
                   const Visit& visit) {
  if (weights.empty()) return visit(begin, end, 1.0f);
  const int64_t plane = images[2] * images[3];
  for (int64_t from = begin; from < end;) {
    const int64_t channel = from / plane, to = std::min(end, (channel + 1) * plane);
    visit(from, to, weights[static_cast<size_t>(channel % images[1])]);
    from = to;
  }
}

// dy becomes dz in rows [begin, end); their sums are added to `sums`, one per number of a row.
template <class T>
void MultiplyRowsBySlope(Activation activation, const Tensor& y, int64_t /*channels*/, int64_t begin,
                         int64_t end, Tensor& dy, float* sums) {
  const int64_t columns = y.row_size();
  MultiplyBySlope(activation, y.data<T>() + begin * columns, dy.data<T>() + begin * columns, end - begin,
                  columns, sums);
}

// Likewise in groups [begin, end); `sums` has one number per channel and row of a group.
template <class T>
void MultiplyGroupsBySlope(Activation activation, const Tensor& y, int64_t channels, int64_t begin,
                           int64_t end, Tensor& dy, float* sums) {
  const int64_t plane = y.row_size() / channels;
  for (int64_t i = begin * channels; i < end * channels; ++i) {
    const int64_t first = i * plane * kGroupRows;
    MultiplyBySlope(activation, static_cast<const T*>(y.raw()) + first, static_cast<T*>(dy.raw()) + first,
                    plane, kGroupRows, sums + i % channels * kGroupRows);
  }
}

}  // namespace

CpuBackend::CpuBackend(int threads, PairProducts pairs)
    : team_(threads),
      pairs_(pairs),
      dense_(team_, pairs),
      muon_(team_, dense_),
      convolution_(team_),
      neighbour_loss_(team_),
      ssim_loss_(team_) {}

CpuBackend::~CpuBackend() = default;

std::shared_ptr<void> CpuBackend::DoEnter() const {
  return std::make_shared<FlushDenormals>();
}

void CpuBackend::RunParts(const Split& split, const std::function<void(const Part&)>& work) {
  if (team_.size() == 1) return work({*this, 0, 0, split.rows});
  if (parts_ == nullptr) parts_ = std::make_unique<Parts>(team_, pairs_);
  parts_->Run(split, work);
}

void CpuBackend::DoDenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                                Tensor& y) {
  dense_.Forward(x, w, b, activation, y);
}

void CpuBackend::DoDenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation,
                                 Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) {
  dense_.Backward(x, w, y, activation, dy, dw, db, dx);
}

void CpuBackend::DoConvForward(const Tensor& x, const Tensor& w, const Tensor& b,
                               const ConvGeometry& geometry, Activation activation, Tensor& y) {
  convolution_.Forward(Direction::kDown, geometry, x, w, b, activation, y);
}

void CpuBackend::DoConvBackward(const Tensor& x, const Tensor& w, const Tensor& y,
                                const ConvGeometry& geometry, Activation activation, Tensor& dy, Tensor& dw,
                                Tensor& db, Tensor* dx) {
  ApplySlope(y, activation, dy, db);
  convolution_.Backward(Direction::kDown, geometry, x, w, dy, dw, dx);
}

void CpuBackend::DoConvTransposeForward(const Tensor& x, const Tensor& w, const Tensor& b,
                                        const ConvGeometry& geometry, Activation activation, Tensor& y) {
  convolution_.Forward(Direction::kUp, geometry, x, w, b, activation, y);
}

void CpuBackend::DoConvTransposeBackward(const Tensor& x, const Tensor& w, const Tensor& y,
                                         const ConvGeometry& geometry, Activation activation, Tensor& dy,
                                         Tensor& dw, Tensor& db, Tensor* dx) {
  ApplySlope(y, activation, dy, db);
  convolution_.Backward(Direction::kUp, geometry, x, w, dy, dw, dx);
}

void CpuBackend::DoAdd(const Tensor& x, Tensor& y) {
  AddTensor(team_, x, y);
}

void CpuBackend::DoGelu(const Tensor& x, Tensor& y) {
  cpu::Gelu(team_, x, y);
}

void CpuBackend::DoGeluGradient(const Tensor& x, const Tensor& dy, Tensor& dx) {
  cpu::GeluGradient(team_, x, dy, dx);
}

void CpuBackend::DoDropout(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids,
                           uint32_t first_element, float probability, const Tensor& x, Tensor& y) {
  const int64_t count = x.row_size();
  WithComputeType(x.dtype(), [&]<class T>() {
    team_.For(x.rows(), RowGrain(x.row_size()), [&](int, int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        DropElements(rng, epoch, static_cast<uint64_t>(ids[static_cast<size_t>(row)]), first_element,
                     probability, count, x.data<T>() + row * count, y.data<T>() + row * count);
      }
    });
  });
}

void CpuBackend::ApplySlope(const Tensor& y, Activation activation, Tensor& dy, Tensor& db) {
  const bool groups = y.layout() == RowLayout::kGroups;
  const int64_t channels = db.size(), plane = y.row_size() / channels;
  const int64_t sums_of_channel = groups ? kGroupRows : plane;
  const int64_t blocks = groups ? (y.rows() + kGroupRows - 1) / kGroupRows : y.rows();
  column_sums_.Resize({team_.size(), channels * sums_of_channel});
  std::ranges::fill(column_sums_.span<float>(), 0.0f);
  WithComputeType(y.dtype(), [&]<class T>() {
    const auto multiply = groups ? MultiplyGroupsBySlope<T> : MultiplyRowsBySlope<T>;
    team_.For(blocks, RowGrain(y.row_size()), [&](int thread, int64_t begin, int64_t end) {
      multiply(activation, y, channels, begin, end, dy,
               column_sums_.data<float>() + thread * column_sums_.row_size());
    });
  });
  std::ranges::fill(db.span<float>(), 0.0f);
  for (int thread = 0; thread < team_.size(); ++thread) {
    const float* sums = column_sums_.data<float>() + thread * column_sums_.row_size();
    for (float& sum : db.span<float>()) {
      sum += std::accumulate(sums, sums + sums_of_channel, 0.0f);
      sums += sums_of_channel;
    }
  }
}

double CpuBackend::SumOfLoss(const LossSettings& loss, const Tensor& y, const Tensor& target,
                             Activation activation, double weight, Accumulation accumulation, Tensor* dz) {
  sums_.assign(static_cast<size_t>(team_.size()), 0.0);
  const auto scale = static_cast<float>(weight / static_cast<double>(y.size()));
  WithComputeType(y.dtype(), [&]<class T>() {
    team_.For(y.size(), kElementGrain, [&](int thread, int64_t begin, int64_t end) {
      double& sum = sums_[static_cast<size_t>(thread)];
      VisitChannels(loss.channel_weights, target.shape(), begin, end,
                    [&](int64_t from, int64_t to, float channel_weight) {
                      T* gradient = dz != nullptr ? dz->data<T>() + from : nullptr;
                      sum += channel_weight * SumLoss<T>(loss, y.data<T>() + from, target.data<T>() + from,
                                                         to - from, activation,
                                                         {.dz = gradient,
                                                          .scale = scale * channel_weight,
                                                          .add = accumulation == Accumulation::kAdd});
                    });
    });
  });
  return std::accumulate(sums_.begin(), sums_.end(), 0.0);
}

void CpuBackend::DoLoss(const LossSettings& loss, const Tensor& y, const Tensor& target, Tensor& sums,
                        int64_t term) {
  const double sum = SumOfLoss(loss, y, target, Activation::kNone, 0, Accumulation::kWrite, nullptr);
  sums.data<double>()[term] += sum / static_cast<double>(y.size()) * static_cast<double>(y.rows());
}

void CpuBackend::DoLossGradient(const LossSettings& loss, const Tensor& y, const Tensor& target,
                                Activation activation, double weight, Accumulation accumulation, Tensor& dz,
                                Tensor& sums, int64_t term) {
  const double sum = SumOfLoss(loss, y, target, activation, weight, accumulation, &dz);
  sums.data<double>()[term] += sum / static_cast<double>(y.size()) * static_cast<double>(y.rows());
}

void CpuBackend::DoNeighbourLoss(const NeighbourLossSettings& settings, const Tensor& z,
                                 std::span<const int32_t> partners, double weight, Tensor* dz, Tensor& sums,
                                 int64_t term) {
  sums.data<double>()[term] += neighbour_loss_.Sum(settings, z, partners, weight, dz);
}

void CpuBackend::DoCorrelationLoss(const CorrelationSettings& settings, const Tensor& x, const Tensor& z,
                                   double weight, Tensor* dz, Tensor& sums, int64_t term) {
  const double loss = cpu::CorrelationLoss(team_, settings, x, z, weight, dz);
  sums.data<double>()[term] += static_cast<double>(z.rows()) * loss;
}

void CpuBackend::DoSsimLoss(const Tensor& y, const Tensor& target, Activation activation, double weight,
                            Accumulation accumulation, Tensor* dz, Tensor& sums, int64_t term) {
  sums.data<double>()[term] += ssim_loss_.Sum(y, target, activation, weight, accumulation, dz);
}

void CpuBackend::DoSampleCodes(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                               const Tensor& moments, Tensor& z) {
  cpu::SampleCodes(team_, rng, epoch, ids, moments, z);
}

void CpuBackend::DoSampleCodesGradient(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                                       const Tensor& moments, const Tensor& dz, Tensor& dmoments) {
  cpu::SampleCodesGradient(team_, rng, epoch, ids, moments, dz, dmoments);
}

void CpuBackend::DoGaussianDivergence(double free_bits, const Tensor& moments, double weight,
                                      Tensor* dmoments, Tensor& sums, int64_t term) {
  sums.data<double>()[term] += cpu::SumOfDivergence(free_bits, moments, weight, dmoments);
}

bool CpuBackend::DoAllFinite(const Tensor& x) {
  std::vector<char> finite(static_cast<size_t>(team_.size()), 1);
  team_.For(x.size(), kElementGrain, [&](int thread, int64_t begin, int64_t end) {
    const float* values = x.data<float>();
    finite[static_cast<size_t>(thread)] =
        std::all_of(values + begin, values + end, [](float value) { return std::isfinite(value); });
  });
  return std::ranges::all_of(finite, [](char one) { return one != 0; });
}

void CpuBackend::DoZero(Tensor& x) {
  team_.For(x.size(), kElementGrain, [&](int, int64_t begin, int64_t end) {
    std::fill(x.data<float>() + begin, x.data<float>() + end, 0.0f);
  });
}

void CpuBackend::DoRound(const Tensor& x, Tensor& y) {
  WithComputeType(y.dtype(), [&]<class T>() {
    team_.For(x.size(), kElementGrain, [&](int, int64_t begin, int64_t end) {
      RoundElements(x.data<float>() + begin, end - begin, y.data<T>() + begin);
    });
  });
}

void CpuBackend::DoClipNorm(double limit, Tensor& x) {
  sums_.assign(static_cast<size_t>(team_.size()), 0.0);
  team_.For(x.size(), kElementGrain, [&](int thread, int64_t begin, int64_t end) {
    sums_[static_cast<size_t>(thread)] = SumOfSquares(x.data<float>() + begin, end - begin);
  });
  const double norm = std::sqrt(std::accumulate(sums_.begin(), sums_.end(), 0.0));
  const double factor = limit / (norm + 1e-6);
  if (factor >= 1) return;  // NaN spreads to all elements, as in PyTorch
  team_.For(x.size(), kElementGrain, [&](int, int64_t begin, int64_t end) {
    ScaleElements(static_cast<float>(factor), end - begin, x.data<float>() + begin);
  });
}

void CpuBackend::DoAdamStep(const AdamSettings& settings, double learning_rate, int64_t step,
                            const Tensor& grads, Tensor& params, Tensor& m, Tensor& v) {
  team_.For(params.size(), kElementGrain, [&](int, int64_t begin, int64_t end) {
    cpu::AdamStep(settings, learning_rate, step, end - begin, grads.data<float>() + begin,
                  params.data<float>() + begin, m.data<float>() + begin, v.data<float>() + begin);
  });
}

void CpuBackend::DoAdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step,
                              const Tensor& grads, Tensor& params, Tensor& m, Tensor& u) {
  team_.For(params.size(), kElementGrain, [&](int, int64_t begin, int64_t end) {
    cpu::AdamaxStep(settings, learning_rate, step, end - begin, grads.data<float>() + begin,
                    params.data<float>() + begin, m.data<float>() + begin, u.data<float>() + begin);
  });
}

void CpuBackend::DoSgdStep(const SgdSettings& settings, double learning_rate, const Tensor& grads,
                           Tensor& params, Tensor& velocity) {
  team_.For(params.size(), kElementGrain, [&](int, int64_t begin, int64_t end) {
    cpu::SgdStep(settings, learning_rate, end - begin, grads.data<float>() + begin,
                 params.data<float>() + begin, velocity.data<float>() + begin);
  });
}

void CpuBackend::DoMuonStep(const MuonSettings& settings, double learning_rate, const Tensor& grads,
                            Tensor& params, Tensor& velocity) {
  muon_.Step(settings, learning_rate, grads, params, velocity);
}

void CpuBackend::DoGatherPixels(const Tensor& images, std::span<const int64_t> ids, Tensor& x) {
  constexpr int64_t kAhead = 4;  // images: they lie anywhere in memory, which takes long to answer
  const int64_t P = images.row_size();
  const auto pixels_of = [&](int64_t row) {
    return images.data<uint8_t>() + ids[static_cast<size_t>(row)] * P;
  };
  WithComputeType(x.dtype(), [&]<class T>() {
    team_.For(x.rows(), RowGrain(x.row_size()), [&](int, int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        if (row + kAhead < end) Fetch(pixels_of(row + kAhead), P);
        ScalePixels(pixels_of(row), P, x.data<T>() + row * P);
      }
    });
  });
}

void CpuBackend::DoMixRows(const Tensor& other, std::span<const float> shares, Tensor& x) {
  const int64_t count = x.row_size();
  WithComputeType(x.dtype(), [&]<class T>() {
    team_.For(x.rows(), RowGrain(count), [&](int, int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        MixElements(other.data<T>() + row * count, shares[static_cast<size_t>(row)], count,
                    x.data<T>() + row * count);
      }
    });
  });
}

void CpuBackend::DoAugment(const Augmentation& augmentation, const Rng& rng, uint32_t epoch,
                           std::span<const int64_t> ids, const Tensor& x, Tensor& y) {
  const int64_t count = x.row_size();
  WithComputeType(x.dtype(), [&]<class T>() {
    team_.For(x.rows(), RowGrain(count), [&](int, int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        AugmentImage(augmentation, rng, epoch, static_cast<uint64_t>(ids[static_cast<size_t>(row)]),
                     x.shape(), x.data<T>() + row * count, y.data<T>() + row * count);
      }
    });
  });
}

void CpuBackend::DoCorrupt(const Corruption& corruption, const Rng& rng, uint32_t epoch,
                           std::span<const int64_t> ids, Tensor& x) {
  WithComputeType(x.dtype(), [&]<class T>() {
    team_.For(x.rows(), 1, [&](int, int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const auto sample = static_cast<uint64_t>(ids[static_cast<size_t>(row)]);
        CorruptImage(corruption, rng, epoch, sample, x.shape(), x.data<T>() + row * x.row_size());
      }
    });
  });
}

void CpuBackend::DoGram(const Tensor& x, Tensor& g) {
  dense_.Gram(x, g);
}

}  // namespace hourglass::cpu
