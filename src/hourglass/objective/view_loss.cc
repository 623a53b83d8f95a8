#include "hourglass/objective/view_loss.h"

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

// Measured with 64 numbers on CIFAR-10: the directions of codes say more about what images show than places
// on a map do. Their loss needs enough of them.
constexpr NeighbourLossSettings kLoss = {.repulsion = Repulsion::kCosine};

void Add(Session& session, const Batch& batch, const Tensor& code, double weight, Tensor* dcode,
         TermSum sum) {
  if (batch.partners.empty())
    throw UsageError({.what = "the batch has no views to compare", .expected = "Batch::partners"});
  session.backend().NeighbourLoss(kLoss, code, batch.partners, weight, dcode, sum.sums, sum.term);
}

}  // namespace

void ViewLoss::Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
                     TermSum sum) const {
  Add(session, batch, outputs.code, 0, nullptr, sum);
}

void ViewLoss::CodeGradient(Session& session, const Batch& batch, const Tensor& code, double weight,
                            Tensor& dcode, TermSum sum) const {
  Add(session, batch, code, weight, &dcode, sum);
}

}  // namespace hourglass
