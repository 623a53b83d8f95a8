#include "hourglass/cuda/optimizers.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace hourglass::cuda {
namespace {

// What an optimizer multiplies by, and that may change from step to step.
struct StepNumbers {
  float rate, kept, root2;
};

// On the device.
const StepNumbers* NumbersOf(Launcher& launcher, const StepNumbers& numbers) {
  return launcher.stream().StepInput(std::span(&numbers, 1));
}

}  // namespace

void AdamStep(Launcher& launcher, const AdamSettings& settings, double learning_rate, int64_t step,
              const Tensor& grads, Tensor& params, Tensor& m, Tensor& v) {
  const double correction1 = 1 - std::pow(settings.beta1, static_cast<double>(step));
  const double correction2 = 1 - std::pow(settings.beta2, static_cast<double>(step));
  const bool l2 = settings.decay == DecayKind::kL2;
  const auto decay = static_cast<float>(l2 ? settings.weight_decay : 0.0);
  const auto beta1 = static_cast<float>(settings.beta1), rest1 = static_cast<float>(1 - settings.beta1);
  const auto beta2 = static_cast<float>(settings.beta2), rest2 = static_cast<float>(1 - settings.beta2);
  const auto epsilon = static_cast<float>(settings.epsilon);
  const StepNumbers* now =
      NumbersOf(launcher, {.rate = static_cast<float>(learning_rate / correction1),
                           .kept = static_cast<float>(l2 ? 1.0 : 1 - learning_rate * settings.weight_decay),
                           .root2 = static_cast<float>(std::sqrt(correction2))});
  const float* gradient = Elements<float>(grads);
  float *param = Elements<float>(params), *mean = Elements<float>(m), *square = Elements<float>(v);
  launcher.Loop(params.size(), [=] __device__(int64_t i) {
    const float g = gradient[i] + decay * param[i];
    mean[i] = beta1 * mean[i] + rest1 * g;
    square[i] = beta2 * square[i] + rest2 * g * g;
    param[i] = now->kept * param[i] - now->rate * mean[i] / (std::sqrt(square[i]) / now->root2 + epsilon);
  });
}

void AdamaxStep(Launcher& launcher, const AdamSettings& settings, double learning_rate, int64_t step,
                const Tensor& grads, Tensor& params, Tensor& m, Tensor& u) {
  const auto decay = static_cast<float>(settings.weight_decay);
  const auto beta1 = static_cast<float>(settings.beta1), rest1 = static_cast<float>(1 - settings.beta1);
  const auto beta2 = static_cast<float>(settings.beta2), epsilon = static_cast<float>(settings.epsilon);
  const double correction = 1 - std::pow(settings.beta1, static_cast<double>(step));
  const StepNumbers* now =
      NumbersOf(launcher, {.rate = static_cast<float>(learning_rate / correction), .kept = 1, .root2 = 1});
  const float* gradient = Elements<float>(grads);
  float *param = Elements<float>(params), *mean = Elements<float>(m), *most = Elements<float>(u);
  launcher.Loop(params.size(), [=] __device__(int64_t i) {
    const float g = gradient[i] + decay * param[i];
    mean[i] = beta1 * mean[i] + rest1 * g;
    most[i] = std::max(beta2 * most[i], std::abs(g) + epsilon);
    param[i] -= now->rate * mean[i] / most[i];
  });
}

void SgdStep(Launcher& launcher, const SgdSettings& settings, double learning_rate, const Tensor& grads,
             Tensor& params, Tensor& velocity) {
  const auto decay = static_cast<float>(settings.weight_decay);
  const auto momentum = static_cast<float>(settings.momentum);
  const StepNumbers* now =
      NumbersOf(launcher, {.rate = static_cast<float>(learning_rate), .kept = 1, .root2 = 1});
  const float* gradient = Elements<float>(grads);
  float *param = Elements<float>(params), *speed = Elements<float>(velocity);
  launcher.Loop(params.size(), [=] __device__(int64_t i) {
    speed[i] = momentum * speed[i] + gradient[i] + decay * param[i];
    param[i] -= now->rate * speed[i];
  });
}

}  // namespace hourglass::cuda
