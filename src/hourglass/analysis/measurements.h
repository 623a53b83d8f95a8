// All measurements of one trained model: the contents of a report's tables.
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
#include "hourglass/model/session.h"
#include "hourglass/train/config.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

struct NoisyError {
  double sigma = 0;
  double mse = 0;
};

// Held-out errors on the corruption that a model was trained with.
struct DenoisingError {
  Corruption corruption;
  double mse = 0;                    // of the model's output
  double corrupted_mse = 0;          // of the corrupted images themselves
  std::optional<double> wiener_mse;  // of the linear Wiener filter; gaussian noise only
};

// Errors are squared differences averaged over all pixels of all images; pixels are in [0, 1].
struct Measurements {
  std::string held_out_name;
  double train_mse = 0;  // of the model, over the whole training part
  double held_out_mse = 0;
  std::vector<double> held_out_errors;      // of each held-out image
  std::vector<NoisyError> noisy;            // held-out images, noise on the input, clean target
  std::optional<DenoisingError> denoising;  // if the model was trained on corrupted input
  double mean_image_mse = 0;                // held-out, of the mean training image
  std::optional<Pca> pca;                   // with pca_components; omissions say why there is none
  int64_t pca_components = 0;               // code size
  double pca_mse = 0;                       // held-out, with pca_components
  std::vector<std::string> omissions;       // sentences: which baseline is missing, and why
  CodeUnits codes;                          // over the held-out images
  OutputSpread spread;                      // over held-out images
  std::vector<Finding> findings;
};

// The sigmas in a report.
inline constexpr double kReportSigmas[] = {0.2, 0.5};

// `config` and `epochs` describe the training. The training seed also determines the noise, so noisy errors
// match those in the training log.
Measurements MeasureModel(Session& session, const DataSplits& data, const TrainConfig& config,
                          std::span<const EpochMetrics> epochs);

// Keys as in metrics.jsonl: "train/mse", "test/mse", "test/noisy_mse", "denoising", "baselines", "code",
// "findings", …
Json ToJson(const Measurements& measurements);

}  // namespace hourglass
