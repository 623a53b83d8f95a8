// A mean over pixels of a loss between output and target: mse, l1, bce, huber.
#pragma once

#include "hourglass/objective/objective.h"

namespace hourglass {

class PixelLoss : public Objective {
 public:
  explicit PixelLoss(const LossSettings& loss) : loss_(loss) {}

  std::string_view name() const override { return Name(loss_.kind); }
  std::string_view unit() const override { return Unit(loss_.kind); }
  // A loss of a sigmoid's outputs (bce) needs a decoder that ends in one.
  void CheckModel(const Model& model) const override;
  void Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
             TermSum sum) const override;
  bool OutputGradient(Session& session, const Batch& batch, const Session::Outputs& outputs, double weight,
                      Accumulation accumulation, Tensor& dz, TermSum sum) const override;

 private:
  LossSettings loss_;
};

}  // namespace hourglass
