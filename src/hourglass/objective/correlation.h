// The correlation term: codes of far images get far apart. It exists only in training.
#pragma once

#include <string_view>

#include "hourglass/objective/objective.h"

namespace hourglass {

// 1 - r, where r is the correlation of distances between the clean images of a batch, in pixels, with those
// between their codes; see Backend::CorrelationLoss. It asks nothing of the scale of codes.
class Correlation : public Objective {
 public:
  // Row i is compared with the rows i + 1 to i + 4 of the batch, or all others if there are fewer. None of
  // them is a partner in a batch of more than 8 rows, because partners are half a batch apart.
  static constexpr int64_t kShifts[] = {1, 2, 3, 4};

  std::string_view name() const override { return "correlation"; }
  std::string_view unit() const override { return "1 - correlation of distances"; }
  bool OnlyInTraining() const override { return true; }
  void Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
             TermSum sum) const override;
  void CodeGradient(Session& session, const Batch& batch, const Tensor& code, double weight, Tensor& dcode,
                    TermSum sum) const override;

 private:
  static void Add(Session& session, const Batch& batch, const Tensor& code, double weight, Tensor* dcode,
                  TermSum sum);
};

}  // namespace hourglass
