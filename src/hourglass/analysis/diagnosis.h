// Detects failed training: an output that does not depend on the input, a white, black or average picture,
// dead units, a loss that never fell.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hourglass/analysis/code_units.h"
#include "hourglass/analysis/trained_model.h"
#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

// How much outputs vary over images. Pixels are in [0, 1]; variances are in squared pixels.
struct OutputSpread {
  double output_variance = 0;  // variance of an output pixel over the images, averaged over pixels
  double image_variance = 0;   // the same for the images themselves
  double output_mean = 0;      // mean of all output pixels
  double image_mean = 0;
};

inline constexpr int64_t kDiagnosedImages = 2000;  // enough for a diagnosis

// Measures the first `limit` images of `data`.
OutputSpread MeasureOutputSpread(Session& session, const Dataset& data, int64_t limit = kDiagnosedImages);

// One observation with its likely cause and a remedy; plain text.
struct Finding {
  bool severe = false;  // the model is unusable as it is
  std::string name;     // one or two words, for tables: "collapsed"
  std::string what;
  std::string advice;
};
Json ToJson(const Finding& finding);

// Everything wrong with a model, worst first; empty if nothing stands out. `epochs` and `decay` describe its
// training, as far as known.
std::vector<Finding> Diagnose(const OutputSpread& spread, const CodeUnits& codes,
                              std::span<const EpochMetrics> epochs = {}, const WeightDecay& decay = {});

// The severe finding about a trained model, if any. Uses the first images of `data`, the run's log and the
// weight decay. Takes milliseconds. Throws a usage Error if the images do not have the model's input shape.
std::optional<Finding> FindFailure(const TrainedModel& model, const Dataset& data);

}  // namespace hourglass
