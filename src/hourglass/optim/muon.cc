#include "hourglass/optim/muon.h"

#include <utility>

#include "hourglass/core/check.h"

namespace hourglass {
namespace {

bool IsMatrix(const FlatLayout::Param& param) {
  return param.shape.rank() > 1;
}

int64_t OthersIn(const FlatLayout& layout) {
  int64_t size = 0;
  for (const FlatLayout::Param& param : layout.params) size += IsMatrix(param) ? 0 : param.shape.size();
  return size;
}

}  // namespace

Muon::Muon(MuonSettings settings, AdamSettings others, FlatLayout layout)
    : settings_(settings),
      others_(others),
      layout_(std::move(layout)),
      m_(Zeros(layout_.size, *layout_.device)),
      v_(Zeros(OthersIn(layout_), *layout_.device)) {
  HOURGLASS_CHECK(others_.decay == DecayKind::kDecoupled);
}

void Muon::Step(Backend& backend, double learning_rate, const Tensor& grads, Tensor& params) {
  ++steps_;
  int64_t other = 0;
  for (const FlatLayout::Param& param : layout_.params) {
    const auto view = [&](const Tensor& flat) {
      Tensor rows = flat.Rows(param.offset, param.shape.size());
      rows.Reshape(param.shape);
      return rows;
    };
    Tensor p = view(params), m = view(m_);
    if (IsMatrix(param)) {
      backend.MuonStep(settings_, learning_rate, view(grads), p, m);
    } else {
      Tensor v = v_.Rows(other, param.shape.size());
      backend.AdamStep(others_, learning_rate, steps_, view(grads), p, m, v);
      other += param.shape.size();
    }
  }
}

std::vector<std::pair<std::string, Tensor*>> Muon::state() {
  return {{"m", &m_}, {"v", &v_}};
}

}  // namespace hourglass
