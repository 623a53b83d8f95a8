// How well codes tell the two views of an image from all other images. Views are copies of the image, each
// changed at random. It needs batches whose rows have partners, and suits the training of an encoder alone.
#pragma once

#include "hourglass/objective/objective.h"

namespace hourglass {

// InfoNCE of the directions of codes. Source: Chen et al., "A simple framework for contrastive learning of
// visual representations" (SimCLR), ICML 2020.
class ViewLoss : public Objective {
 public:
  std::string_view name() const override { return "views"; }
  std::string_view unit() const override { return "nats per view (InfoNCE)"; }
  void Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
             TermSum sum) const override;
  void CodeGradient(Session& session, const Batch& batch, const Tensor& code, double weight, Tensor& dcode,
                    TermSum sum) const override;
};

}  // namespace hourglass
