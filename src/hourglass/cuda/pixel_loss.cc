#include "hourglass/cuda/pixel_loss.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>
#include <tuple>

#include "hourglass/backend/cpu/with_compute_type.h"
#include "hourglass/backend/loss/with_loss.h"
#include "hourglass/cuda/activation.h"

namespace hourglass::cuda {
namespace {

// The formulas, for kernels, and the functions that they use.
namespace loss_formulas {

__host__ __device__ inline float MulAdd(float a, float b, float c) {
  return a * b + c;
}
__host__ __device__ inline float Abs(float x) {
  return std::abs(x);
}
__host__ __device__ inline float Sign(float x) {
  return static_cast<float>(x > 0) - static_cast<float>(x < 0);
}
__host__ __device__ inline float Log(float x) {
  return std::log(x);
}
__host__ __device__ inline float Max(float a, float b) {
  return std::max(a, b);
}
__host__ __device__ inline float Clip(float x, float limit) {
  return std::clamp(x, -limit, limit);
}
__host__ __device__ inline float Same(float /*like*/, float value) {
  return value;
}

#include "hourglass/backend/loss/losses-inl.h"

}  // namespace loss_formulas

// The gradient of weight · mean loss with respect to the input of the activation; dz is null if unwanted.
struct LossGradientOutput {
  Activation activation = Activation::kNone;
  double weight = 0;
  Accumulation accumulation = Accumulation::kWrite;
  Tensor* dz = nullptr;
};

// Computes the gradient along with the sum, so that y and target are read once.
template <class Formula, class T>
void AddLoss(Launcher& launcher, const LossSettings& loss, const Tensor& y, const Tensor& target,
             const LossGradientOutput& to, double* sum) {
  const bool weighted = !loss.channel_weights.empty();
  const float* channel_weights =
      weighted ? launcher.stream().StepInput(std::span<const float>(loss.channel_weights)) : nullptr;
  const int64_t channels = std::ssize(loss.channel_weights);
  const int64_t plane = weighted ? target.shape()[2] * target.shape()[3] : 1;

  const auto size = static_cast<double>(y.size()), share = static_cast<double>(y.rows()) / size;
  const auto parameter = static_cast<float>(loss.parameter), scale = static_cast<float>(to.weight / size);
  const Activation activation = to.activation;
  const bool add = to.accumulation == Accumulation::kAdd;
  const T *outputs = Elements<T>(y), *targets = Elements<T>(target);
  T* dz = to.dz == nullptr ? nullptr : Elements<T>(*to.dz);
  launcher.AddSum(
      y.size(),
      [=] __device__(int64_t i) {
        const float channel_weight = channel_weights == nullptr ? 1 : channel_weights[i / plane % channels];
        const float output = Load(outputs + i), wanted = Load(targets + i);
        if (dz != nullptr) {
          const float slope = Formula::kOfSigmoid ? 1.0f : Slope(activation, output);
          const float gradient =
              scale * channel_weight * slope * Formula::Gradient(output, wanted, parameter);
          Store(gradient + (add ? Load(dz + i) : 0.0f), dz + i);
        }
        return share * channel_weight * Formula::Add(0.0f, output, wanted, parameter);
      },
      sum);
}

void AddAnyLoss(Launcher& launcher, const LossSettings& loss, const Tensor& y, const Tensor& target,
                const LossGradientOutput& to, double* sum) {
  WithLoss<loss_formulas::Losses>(loss.kind, [&]<class Formula>() {
    cpu::WithComputeType(y.dtype(),
                         [&]<class T>() { AddLoss<Formula, T>(launcher, loss, y, target, to, sum); });
  });
}

}  // namespace

void Loss(Launcher& launcher, const LossSettings& loss, const Tensor& y, const Tensor& target, Tensor& sums,
          int64_t term) {
  AddAnyLoss(launcher, loss, y, target, {}, Elements<double>(sums) + term);
}

void LossGradient(Launcher& launcher, const LossSettings& loss, const Tensor& y, const Tensor& target,
                  Activation activation, double weight, Accumulation accumulation, Tensor& dz, Tensor& sums,
                  int64_t term) {
  AddAnyLoss(launcher, loss, y, target, {activation, weight, accumulation, &dz},
             Elements<double>(sums) + term);
}

}  // namespace hourglass::cuda
