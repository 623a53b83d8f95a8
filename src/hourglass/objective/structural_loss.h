// How unlike images and reconstructions look to an observer of structure: 1 - SSIM.
#pragma once

#include <string_view>

#include "hourglass/objective/objective.h"

namespace hourglass {

// The mean over rows of 1 - SSIM, which robustness measures as well; see Backend::SsimLoss.
class StructuralLoss : public Objective {
 public:
  static constexpr std::string_view kName = "ssim";

  std::string_view name() const override { return kName; }
  std::string_view unit() const override { return "dissimilarity (1 - SSIM)"; }
  bool TreatsRowsIndependently() const override { return true; }
  void Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
             TermSum sum) const override;
  bool OutputGradient(Session& session, const Batch& batch, const Session::Outputs& outputs, double weight,
                      Accumulation accumulation, Tensor& dz, TermSum sum) const override;
};

}  // namespace hourglass
