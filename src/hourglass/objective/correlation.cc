#include "hourglass/objective/correlation.h"

#include <algorithm>

namespace hourglass {

void Correlation::Add(Session& session, const Batch& batch, const Tensor& code, double weight, Tensor* dcode,
                      TermSum sum) {
  const auto count = static_cast<size_t>(std::clamp<int64_t>(batch.rows() - 1, 1, std::ssize(kShifts)));
  const CorrelationSettings settings = {.shifts = std::span(kShifts).first(count)};
  session.backend().CorrelationLoss(settings, batch.target, code, weight, dcode, sum.sums, sum.term);
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
