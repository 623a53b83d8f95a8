#include "hourglass/objective/correlation.h"

#include <algorithm>

namespace hourglass {

void Correlation::Add(Session& session, const Batch& batch, const Tensor& code, double weight, Tensor* dcode,
                      TermSum sum) {
  const int64_t shifts = std::clamp<int64_t>(batch.rows() - 1, 1, kShifts);
  session.backend().CorrelationLoss(shifts, batch.target, code, weight, dcode, sum.sums, sum.term);
}

void Correlation::Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
                        TermSum sum) const {
  Add(session, batch, outputs.code, 0, nullptr, sum);
}

void Correlation::CodeGradient(Session& session, const Batch& batch, const Tensor& code, double weight,
                               Tensor& dcode, TermSum sum) const {
  Add(session, batch, code, weight, &dcode, sum);
}

}  // namespace hourglass
