// How likely held-out images are under a variational autoencoder.
#pragma once

#include <cstdint>

#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"
#include "hourglass/objective/objectives.h"

namespace hourglass {

struct LikelihoodOptions {
  bool bernoulli = true;        // pixels: Bernoulli variables, else gaussian ones
  double pixel_variance = 0.5;  // of gaussian ones
  int64_t samples = 100;        // codes per image
  uint64_t seed = 0;            // of the codes
};

// Means over the images, in nats per image, with their standard errors.
struct Likelihood {
  double log_likelihood = 0, log_likelihood_error = 0;
  double elbo = 0, elbo_error = 0;
};

// ln p(x) is estimated as ln (1/k) Σ_s p(x | z_s) p(z_s) / q(z_s | x) from k samples z_s of q. On average it
// lies between the ELBO and ln p(x), and rises with k. The ELBO is the mean of the logarithms of the same
// quotients. Throws a usage Error for a model without a gaussian bottleneck, other images, or no samples.
// Source: Burda, Grosse & Salakhutdinov, "Importance weighted autoencoders", ICLR 2016.
Likelihood MeasureLikelihood(Session& session, const Dataset& data, const LikelihoodOptions& options);

}  // namespace hourglass
