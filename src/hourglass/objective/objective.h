// One term of the training loss: computes gradients from outputs and codes. It adds its value, weighted by
// the number of rows, to an accumulator on the session's device, which the trainer reads once per epoch.
#pragma once

#include <string_view>

#include "hourglass/model/session.h"
#include "hourglass/objective/batch.h"

namespace hourglass {

// One number per term, f64 [terms], on the session's device.
struct TermSum {
  Tensor& sums;
  int64_t term;
};

class Objective {
 public:
  virtual ~Objective() = default;

  virtual std::string_view name() const = 0;  // in configuration and metrics: "mse"
  virtual std::string_view unit() const = 0;  // axis label of a plot: "MSE per pixel"
  // Throws a usage Error if the term is not defined for this model.
  virtual void CheckModel(const Model& /*model*/) const {}

  // True if the term is a mean of what it finds in each row alone, and computed by operations of the backend
  // only. Then a batch may be computed in parts, and the term is called from several threads at once.
  virtual bool TreatsRowsIndependently() const { return false; }

  // True if the term is a means of training and no part of the loss: held-out images are not measured by it,
  // and losses with and without it can be compared.
  virtual bool OnlyInTraining() const { return false; }
  // True if values of this epoch (from 1) cannot be compared with those of the one before.
  virtual bool ChangesAt(int64_t /*epoch*/) const { return false; }

  // sum += rows · value.
  virtual void Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
                     TermSum sum) const = 0;

  // For terms of outputs: as Value, and also dz = (kWrite) or += (kAdd) weight · the gradient with respect to
  // the output before its activation. Returns false, leaving dz untouched, if the term does not depend on
  // outputs.
  virtual bool OutputGradient(Session& /*session*/, const Batch& /*batch*/,
                              const Session::Outputs& /*outputs*/, double /*weight*/,
                              Accumulation /*accumulation*/, Tensor& /*dz*/, TermSum /*sum*/) const {
    return false;
  }
  // For terms of codes: as Value, and also dcode += weight · the gradient with respect to the code.
  virtual void CodeGradient(Session& /*session*/, const Batch& /*batch*/, const Tensor& /*code*/,
                            double /*weight*/, Tensor& /*dcode*/, TermSum /*sum*/) const {}
  // For terms of the moments of a gaussian bottleneck: likewise dmoments.
  virtual void MomentGradient(Session& /*session*/, const Batch& /*batch*/, const Tensor& /*moments*/,
                              double /*weight*/, Tensor& /*dmoments*/, TermSum /*sum*/) const {}
};

}  // namespace hourglass
