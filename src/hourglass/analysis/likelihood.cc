#include "hourglass/analysis/likelihood.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "hourglass/analysis/detail/blocks.h"
#include "hourglass/core/require.h"
#include "hourglass/core/rng.h"

namespace hourglass {
namespace {

// ln p(x | z) of an image of P pixels and its reconstruction y.
double LogLikelihood(const LikelihoodOptions& options, const float* x, const float* y, int64_t P) {
  constexpr float kLeast = -100;  // of a logarithm, as in the training loss
  double sum = 0;
  if (options.bernoulli) {
    for (int64_t p = 0; p < P; ++p) {  // most pixels are 0, and logarithms take long
      if (x[p] > 0) sum += x[p] * std::max(std::log(y[p]), kLeast);
      if (x[p] < 1) sum += (1 - x[p]) * std::max(std::log1p(-y[p]), kLeast);
    }
    return sum;
  }
  for (int64_t p = 0; p < P; ++p) sum += static_cast<double>(x[p] - y[p]) * (x[p] - y[p]);
  const double variance = options.pixel_variance;
  return -sum / (2 * variance) - static_cast<double>(P) / 2 * std::log(2 * std::numbers::pi * variance);
}

// ln p(z) - ln q(z | x) of a code; moments: d means, then d logarithms of variances.
double LogPriorQuotient(const float* moments, const float* z, int64_t d) {
  double sum = 0;
  for (int64_t j = 0; j < d; ++j) {
    const double n = (z[j] - moments[j]) / std::exp(moments[d + j] / 2);
    sum += (n * n - static_cast<double>(z[j]) * z[j] + moments[d + j]) / 2;
  }
  return sum;
}

// ln of a sum of exponentials, term by term.
class LogSum {
 public:
  void Add(double logarithm) {
    const double larger = std::max(largest_, logarithm);
    sum_ = sum_ * std::exp(largest_ - larger) + std::exp(logarithm - larger);
    largest_ = larger;
  }
  double value() const { return largest_ + std::log(sum_); }

 private:
  double largest_ = -INFINITY, sum_ = 0;
};

// A mean and its standard error.
class Mean {
 public:
  void Add(double value) {
    sum_ += value;
    squares_ += value * value;
    ++count_;
  }
  double value() const { return sum_ / count_; }
  double error() const {
    return std::sqrt(std::max(squares_ / count_ - value() * value(), 0.0) / std::max(count_ - 1, 1.0));
  }

 private:
  double sum_ = 0, squares_ = 0, count_ = 0;
};

}  // namespace

Likelihood MeasureLikelihood(Session& session, const Dataset& data, const LikelihoodOptions& options) {
  CheckImageShape(session.model().image_shape(), data);
  RequireBetween("number of samples", options.samples, 1, Rng::kLastEpoch);
  const Rng rng(options.seed, Stream::kCode);
  const int64_t d = session.model().code_size(), P = session.model().image_shape().size();
  Mean likelihoods, bounds;
  Tensor z;
  ForEachBlock(session.backend(), data, -1, [&](std::span<const int64_t> ids, Tensor& images) {
    const Tensor moments = session.EncodeMoments(images);
    std::vector<LogSum> sums(ids.size());
    std::vector<double> logarithms(ids.size());
    for (int64_t sample = 0; sample < options.samples; ++sample) {
      session.backend().SampleCodes(&rng, static_cast<uint32_t>(sample), ids, moments, DType::kF32, z);
      const Tensor outputs = session.Decode(z);
      for (int64_t i = 0; i < z.rows(); ++i) {
        const double quotient =
            LogLikelihood(options, images.data<float>() + i * P, outputs.data<float>() + i * P, P) +
            LogPriorQuotient(moments.data<float>() + i * 2 * d, z.data<float>() + i * d, d);
        sums[static_cast<size_t>(i)].Add(quotient);
        logarithms[static_cast<size_t>(i)] += quotient;
      }
    }
    const auto k = static_cast<double>(options.samples);
    for (size_t i = 0; i < ids.size(); ++i) {
      likelihoods.Add(sums[i].value() - std::log(k));
      bounds.Add(logarithms[i] / k);
    }
  });
  return {.log_likelihood = likelihoods.value(),
          .log_likelihood_error = likelihoods.error(),
          .elbo = bounds.value(),
          .elbo_error = bounds.error()};
}

}  // namespace hourglass
