// All that is measured of one trained model: what a report's tables hold.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hourglass/analysis/baselines.h"
#include "hourglass/analysis/code_units.h"
#include "hourglass/analysis/diagnosis.h"
#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/autoencoder.h"

namespace hourglass {

struct NoisyError {
  double sigma = 0;
  double mse = 0;
};

// Errors are the mean over all pixels of all images of the squared difference, pixels in [0, 1].
struct Measurements {
  std::string held_out_name;
  double train_mse = 0;  // of the model as it is, over the whole training part
  double held_out_mse = 0;
  std::vector<NoisyError> noisy;  // held-out images, noise on the input, clean target
  double mean_image_mse = 0;      // held-out, of the mean training image
  std::optional<Pca>
      pca;              // with as many components as the code has numbers; none for images too large for it
  double pca_mse = 0;   // held-out
  CodeUnits codes;      // over the held-out images
  OutputSpread spread;  // over held-out images
  std::vector<Finding> findings;
};

// The sigmas that a report shows.
inline constexpr double kReportSigmas[] = {0.2, 0.5};

// `noise_seed` should be the seed of the training, so that noisy errors are those of its log; `epochs` is its
// log, or empty.
Measurements Measure(const Autoencoder& model, const DataSplits& data, uint64_t noise_seed,
                     std::span<const EpochMetrics> epochs = {});

// Keys as in metrics.jsonl: "train/mse", "test/mse", "test/noisy_mse", "baselines", "code", "findings", …
Json ToJson(const Measurements& measurements);

}  // namespace hourglass
