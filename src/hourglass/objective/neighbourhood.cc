#include "hourglass/objective/neighbourhood.h"

#include <algorithm>
#include <cmath>

#include "hourglass/core/require.h"

namespace hourglass {

bool Neighbourhood::ChangesAt(int64_t epoch) const {
  return epoch > 1 && ExaggerationAt(epoch) != ExaggerationAt(epoch - 1);
}

double Neighbourhood::ExaggerationAt(int64_t epoch) const {
  const int64_t left = settings_.exaggerated_epochs + 1 - epoch;
  if (left <= 0 || settings_.form == NeighbourhoodForm::kDistances) return 1;
  if (settings_.form == NeighbourhoodForm::kInfoNce) return settings_.exaggeration;
  return std::pow(settings_.exaggeration,
                  static_cast<double>(left) / static_cast<double>(settings_.exaggerated_epochs));
}

// Negative samples repel as in t-SNE if s = M Z / n², where each row has M negative samples and Z = Σ q_ij is
// over all pairs of n codes. In maps by t-SNE, Z is about 100 n (Damrich et al., ICLR 2023).
NeighbourLossSettings Neighbourhood::LossOf(int64_t rows, int64_t epoch) const {
  constexpr double kKernelsPerImage = 100;
  const double rho = ExaggerationAt(epoch);
  const auto negatives = static_cast<double>(std::max<int64_t>(rows - 2, 1));
  const auto images = static_cast<double>(std::max(settings_.images, rows));
  const bool info_nce = settings_.form == NeighbourhoodForm::kInfoNce;
  return {.repulsion = info_nce ? Repulsion::kInfoNce : Repulsion::kNegative,
          .rho = rho,
          .s = rho * negatives * kKernelsPerImage / images,
          .scale = kCodeScale};
}

void Neighbourhood::AddDistances(Session& session, const Batch& batch, const Tensor& code, double weight,
                                 Tensor* dcode, TermSum sum) {
  const int64_t half = batch.rows() / 2;
  RequireEqual("row of the first partner", int64_t{batch.partners.front()}, half);  // as EdgeSampler does
  const int64_t shifts[] = {1, half};
  session.backend().CorrelationLoss({.shifts = shifts, .logarithms = true}, batch.target, code, weight, dcode,
                                    sum.sums, sum.term);
}

void Neighbourhood::Add(Session& session, const Batch& batch, const Tensor& code, double weight,
                        Tensor* dcode, TermSum sum) const {
  if (batch.partners.empty()) return;
  if (settings_.form == NeighbourhoodForm::kDistances) {
    return AddDistances(session, batch, code, weight, dcode, sum);
  }
  session.backend().NeighbourLoss(LossOf(batch.rows(), batch.epoch), code, batch.partners, weight, dcode,
                                  sum.sums, sum.term);
}

void Neighbourhood::Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
                          TermSum sum) const {
  Add(session, batch, outputs.code, 0, nullptr, sum);
}

void Neighbourhood::CodeGradient(Session& session, const Batch& batch, const Tensor& code, double weight,
                                 Tensor& dcode, TermSum sum) const {
  Add(session, batch, code, weight, &dcode, sum);
}

}  // namespace hourglass
