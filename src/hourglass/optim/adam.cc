#include "hourglass/optim/adam.h"

namespace hourglass {

Adam::Adam(AdamSettings settings, const FlatLayout& layout)
    : settings_(settings), m_(Zeros(layout.size, *layout.device)), v_(Zeros(layout.size, *layout.device)) {}

std::string_view Adam::name() const {
  return settings_.decay == DecayKind::kL2 ? "adam" : "adamw";
}

void Adam::Step(Backend& backend, double learning_rate, const Tensor& grads, Tensor& params) {
  backend.AdamStep(settings_, learning_rate, ++steps_, grads, params, m_, v_);
}

std::vector<std::pair<std::string, Tensor*>> Adam::state() {
  return {{"m", &m_}, {"v", &v_}};
}

Adamax::Adamax(AdamSettings settings, const FlatLayout& layout)
    : settings_(settings), m_(Zeros(layout.size, *layout.device)), u_(Zeros(layout.size, *layout.device)) {}

void Adamax::Step(Backend& backend, double learning_rate, const Tensor& grads, Tensor& params) {
  backend.AdamaxStep(settings_, learning_rate, ++steps_, grads, params, m_, u_);
}

std::vector<std::pair<std::string, Tensor*>> Adamax::state() {
  return {{"m", &m_}, {"u", &u_}};
}

}  // namespace hourglass
