#include "hourglass/objective/code_target.h"

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

const Tensor& TargetOf(const Batch& batch) {
  if (batch.code_target != nullptr) return *batch.code_target;
  throw UsageError({.what = "the batch has no codes to compare with", .expected = "Batch::code_target"});
}

}  // namespace

void CodeTarget::Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
                       TermSum sum) const {
  session.backend().Loss({.kind = kMse}, outputs.code, TargetOf(batch), sum.sums, sum.term);
}

void CodeTarget::CodeGradient(Session& session, const Batch& batch, const Tensor& code, double weight,
                              Tensor& dcode, TermSum sum) const {
  session.backend().LossGradient({.kind = kMse}, code, TargetOf(batch), Activation::kNone, weight,
                                 Accumulation::kAdd, dcode, sum.sums, sum.term);
}

}  // namespace hourglass
