// Recognises a training that failed: an output that does not depend on the input, a white, black or average
// picture, dead units, a loss that never fell.
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

// How the outputs vary over images; pixels of [0, 1] squared.
struct OutputSpread {
  double output_variance = 0;  // variance of an output pixel over the images, averaged over pixels
  double image_variance = 0;   // the same of the images themselves
  double output_mean = 0;      // mean of all output pixels
  double image_mean = 0;
};

inline constexpr int64_t kDiagnosedImages = 2000;  // are enough to tell

// Over the first `limit` images of `data`.
OutputSpread MeasureOutputSpread(Session& session, const Dataset& data, int64_t limit = kDiagnosedImages);

// One observation with its likely cause and what to try; plain text.
struct Finding {
  bool severe = false;  // the model is of no use as it is
  std::string name;     // in a word or two, for tables: "collapsed"
  std::string what;
  std::string advice;
};
Json ToJson(const Finding& finding);

// What is wrong with a model, the worst first; empty when nothing stands out. `epochs` and `decay` are those
// of its training, as far as they are known.
std::vector<Finding> Diagnose(const OutputSpread& spread, const CodeUnits& codes,
                              std::span<const EpochMetrics> epochs = {}, const WeightDecay& decay = {});

// The severe finding about a trained model, by the first images of `data`, its run's log and its weight
// decay; nothing when it has none. Takes milliseconds. Throws a usage Error when the images have another
// shape than the model takes.
std::optional<Finding> FindFailure(const TrainedModel& model, const Dataset& data);

}  // namespace hourglass
