// All figures and the report of one trained run.
#pragma once

#include <string>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/autoencoder.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

// Measures `model` on `data`, draws the run's figures and writes measurements.json and report.html into the
// run. Returns the measurements. What was trained is safe whatever happens here; throws when gnuplot is
// missing or a file cannot be written (then everything measured is in measurements.json already).
Json WriteRunReport(const RunDirectory& run, const Autoencoder& model, const DataSplits& data);

// Writes report.html anew from what lies in the run: configuration, log, measurements, figures.
void RefreshRunReport(const RunDirectory& run);

}  // namespace hourglass
