// The squared distance between codes and given ones, such as the places of the images on a map.
#pragma once

#include "hourglass/objective/objective.h"

namespace hourglass {

// Mean of (code - batch.code_target)² over the numbers of the code. Only for training the encoder alone.
class CodeTarget : public Objective {
 public:
  std::string_view name() const override { return "code_target"; }
  std::string_view unit() const override { return "squared error per number of the code"; }
  bool TreatsRowsIndependently() const override { return true; }
  void Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
             TermSum sum) const override;
  void CodeGradient(Session& session, const Batch& batch, const Tensor& code, double weight, Tensor& dcode,
                    TermSum sum) const override;
};

}  // namespace hourglass
