// How far the gaussians of a variational autoencoder's codes are from the standard normal distribution.
#pragma once

#include <cstdint>
#include <string_view>

#include "hourglass/objective/objective.h"

namespace hourglass {

// What to change if the codes say nothing about the images (the posterior collapsed).
inline constexpr std::string_view kAgainstCollapse =
    "Try a smaller beta, a beta that rises slowly (beta_warmup), free_bits, or, with loss = mse, a smaller "
    "pixel_variance.";

struct DivergenceSettings {
  int64_t warmup = 0;    // epochs over which the weight rises from 0
  double free_bits = 0;  // nats, as in Backend::GaussianDivergence
};

// Mean over the rows of KL(N(mean, variance) ‖ N(0, 1)), summed over the numbers of the code, in nats.
// Warm-up and free bits change the gradient, never the value.
class Divergence : public Objective {
 public:
  explicit Divergence(const DivergenceSettings& settings) : settings_(settings) {}

  std::string_view name() const override { return "kl"; }
  std::string_view unit() const override { return "nats per image"; }
  void CheckModel(const Model& model) const override;
  bool TreatsRowsIndependently() const override { return settings_.free_bits == 0; }
  void Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
             TermSum sum) const override;
  void MomentGradient(Session& session, const Batch& batch, const Tensor& moments, double weight,
                      Tensor& dmoments, TermSum sum) const override;

 private:
  DivergenceSettings settings_;
};

}  // namespace hourglass
