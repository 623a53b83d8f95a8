#include "hourglass/cuda/optimizers.h"

#include <algorithm>
#include <cmath>

namespace hourglass::cuda {

void AdamStep(Launcher& launcher, const AdamSettings& settings, double learning_rate, int64_t step,
              const Tensor& grads, Tensor& params, Tensor& m, Tensor& v) {
  const double correction1 = 1 - std::pow(settings.beta1, static_cast<double>(step));
  const double correction2 = 1 - std::pow(settings.beta2, static_cast<double>(step));
  const bool l2 = settings.decay == DecayKind::kL2;
  const auto decay = static_cast<float>(l2 ? settings.weight_decay : 0.0);
  const auto kept = static_cast<float>(l2 ? 1.0 : 1 - learning_rate * settings.weight_decay);
  const auto beta1 = static_cast<float>(settings.beta1), rest1 = static_cast<float>(1 - settings.beta1);
  const auto beta2 = static_cast<float>(settings.beta2), rest2 = static_cast<float>(1 - settings.beta2);
  const auto root2 = static_cast<float>(std::sqrt(correction2));
  const auto epsilon = static_cast<float>(settings.epsilon);
  const auto rate = static_cast<float>(learning_rate / correction1);
  const float* gradient = Elements<float>(grads);
  float *param = Elements<float>(params), *mean = Elements<float>(m), *square = Elements<float>(v);
  launcher.Loop(params.size(), [=] __device__(int64_t i) {
    const float g = gradient[i] + decay * param[i];
    mean[i] = beta1 * mean[i] + rest1 * g;
    square[i] = beta2 * square[i] + rest2 * g * g;
    param[i] = kept * param[i] - rate * mean[i] / (std::sqrt(square[i]) / root2 + epsilon);
  });
}

void AdamaxStep(Launcher& launcher, const AdamSettings& settings, double learning_rate, int64_t step,
                const Tensor& grads, Tensor& params, Tensor& m, Tensor& u) {
  const auto decay = static_cast<float>(settings.weight_decay);
  const auto beta1 = static_cast<float>(settings.beta1), rest1 = static_cast<float>(1 - settings.beta1);
  const auto beta2 = static_cast<float>(settings.beta2), epsilon = static_cast<float>(settings.epsilon);
  const auto rate =
      static_cast<float>(learning_rate / (1 - std::pow(settings.beta1, static_cast<double>(step))));
  const float* gradient = Elements<float>(grads);
  float *param = Elements<float>(params), *mean = Elements<float>(m), *most = Elements<float>(u);
  launcher.Loop(params.size(), [=] __device__(int64_t i) {
    const float g = gradient[i] + decay * param[i];
    mean[i] = beta1 * mean[i] + rest1 * g;
    most[i] = std::max(beta2 * most[i], std::abs(g) + epsilon);
    param[i] -= rate * mean[i] / most[i];
  });
}

void SgdStep(Launcher& launcher, const SgdSettings& settings, double learning_rate, const Tensor& grads,
             Tensor& params, Tensor& velocity) {
  const auto decay = static_cast<float>(settings.weight_decay);
  const auto momentum = static_cast<float>(settings.momentum), rate = static_cast<float>(learning_rate);
  const float* gradient = Elements<float>(grads);
  float *param = Elements<float>(params), *speed = Elements<float>(velocity);
  launcher.Loop(params.size(), [=] __device__(int64_t i) {
    speed[i] = momentum * speed[i] + gradient[i] + decay * param[i];
    param[i] -= rate * speed[i];
  });
}

}  // namespace hourglass::cuda
