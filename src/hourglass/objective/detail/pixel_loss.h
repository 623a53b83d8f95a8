// Pixel losses between output and target, averaged over pixels.
#pragma once

#include "hourglass/objective/objective.h"

namespace hourglass {

class PixelLoss : public Objective {
 public:
  explicit PixelLoss(const LossSettings& loss) : loss_(loss) {}

  std::string_view name() const override { return Name(loss_.kind); }
  std::string_view unit() const override { return Unit(loss_.kind); }
  // A loss on sigmoid outputs (bce) requires a decoder that ends in a sigmoid. Weights of channels require as
  // many channels.
  void CheckModel(const Model& model) const override;
  bool TreatsRowsIndependently() const override { return true; }
  void Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
             TermSum sum) const override;
  bool OutputGradient(Session& session, const Batch& batch, const Session::Outputs& outputs, double weight,
                      Accumulation accumulation, Tensor& dz, TermSum sum) const override;

 private:
  LossSettings loss_;
};

}  // namespace hourglass
