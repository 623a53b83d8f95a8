#include "hourglass/objective/structural_loss.h"

namespace hourglass {

void StructuralLoss::Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
                           TermSum sum) const {
  session.backend().SsimLoss(outputs.output, batch.target, session.output_activation(), 1,
                             Accumulation::kWrite, nullptr, sum.sums, sum.term);
}

bool StructuralLoss::OutputGradient(Session& session, const Batch& batch, const Session::Outputs& outputs,
                                    double weight, Accumulation accumulation, Tensor& dz, TermSum sum) const {
  session.backend().SsimLoss(outputs.output, batch.target, session.output_activation(), weight, accumulation,
                             &dz, sum.sums, sum.term);
  return true;
}

}  // namespace hourglass
