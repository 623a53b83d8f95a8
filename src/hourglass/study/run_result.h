// The numbers of one trained run of a study.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hourglass/analysis/measurements.h"
#include "hourglass/core/json.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

// Errors are MSE per pixel, pixels in [0, 1]. Lists by sigma are in the order of kReportSigmas.
struct RunResult {
  std::string name;
  std::string label;
  std::string control_of = {};
  std::string repeat_of = {};
  int64_t code_size = 0;
  int64_t parameters = 0;
  ObjectiveSettings objective = {};  // of the training
  std::vector<EpochMetrics> epochs;  // of the loss, or of codes if only an encoder was trained; never empty
  double train_mse = 0;              // of the trained model over all training images
  double held_out_mse = 0;
  std::vector<double> noisy_mse = {};  // [sigma]
  double mean_image_mse = 0;
  double pca_mse = 0;  // NaN if images are too large for it
  int64_t dead_units = 0;
  int64_t used_units = 0;  // code units that say something about an image, as CodeUnit::used defines it
  std::vector<Finding> findings = {};  // problems of the model, the worst first
};

// Sets the results from `measurements`, as WriteRunReport returned them. Throws a usage Error if a noise
// level is missing.
void SetMeasurements(const Json& measurements, RunResult& result);

// The parts that are not measures (study_measures.h): names, loss, findings.
Json ToJson(const RunResult& result);

}  // namespace hourglass
