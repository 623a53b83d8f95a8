#include "hourglass/objective/divergence.h"

#include <algorithm>

#include "hourglass/core/check.h"
#include "hourglass/core/error.h"

namespace hourglass {
namespace {

// The share of the weight in `epoch` (from 1): 0 in the first, 1 after `warmup` epochs.
double WarmUp(uint32_t epoch, int64_t warmup) {
  if (warmup == 0) return 1;
  return std::min(1.0, (static_cast<double>(epoch) - 1) / static_cast<double>(warmup));
}

}  // namespace

void Divergence::CheckModel(const Model& model) const {
  if (model.gaussian()) return;
  throw UsageError({.what = "the codes of this model have no variance",
                    .expected = "a model with a gaussian bottleneck",
                    .got = model.architecture().name,
                    .setting = "bottleneck = gaussian"});
}

void Divergence::Value(Session& session, const Batch&, const Session::Outputs& outputs, TermSum sum) const {
  HOURGLASS_CHECK(outputs.moments != nullptr);
  session.backend().GaussianDivergence(0, *outputs.moments, 0, nullptr, sum.sums, sum.term);
}

void Divergence::MomentGradient(Session& session, const Batch& batch, const Tensor& moments, double weight,
                                Tensor& dmoments, TermSum sum) const {
  session.backend().GaussianDivergence(settings_.free_bits, moments,
                                       weight * WarmUp(batch.epoch, settings_.warmup), &dmoments, sum.sums,
                                       sum.term);
}

}  // namespace hourglass
