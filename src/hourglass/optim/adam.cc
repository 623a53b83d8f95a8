#include "hourglass/optim/adam.h"

#include <algorithm>

namespace hourglass {

Adam::Adam(AdamSettings settings, int64_t size) : settings_(settings), m_({size}), v_({size}) {
  std::ranges::fill(m_.span<float>(), 0.0f);
  std::ranges::fill(v_.span<float>(), 0.0f);
}

void Adam::Step(Backend& backend, double learning_rate, const Tensor& grads, Tensor& params) {
  backend.AdamStep(settings_, learning_rate, ++steps_, grads, params, m_, v_);
}

std::vector<std::pair<std::string, Tensor*>> Adam::state() {
  return {{"m", &m_}, {"v", &v_}};
}

}  // namespace hourglass
