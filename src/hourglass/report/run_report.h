// All figures and the report of one trained run.
#pragma once

#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

// Measures the session's model on `data`, draws the run's figures and writes measurements.json and
// report.html into the run. Returns the measurements. Never changes the trained model. Throws a system Error
// if gnuplot is missing or a file cannot be written; measurements.json is complete by then.
//
// `context`: also measure how runs that are meant to keep neighbourhoods do so. It takes longer than all the
// rest; a study measures the codes of all its runs together instead.
Json WriteRunReport(const RunDirectory& run, Session& session, const DataSplits& data, bool context = true);

// True if the run was measured, so that its report can be rewritten.
bool HasRunReport(const RunDirectory& run);

// Rewrites report.html from the run's files: configuration, log, measurements, figures. Throws a data Error
// if the run was never measured.
void RefreshRunReport(const RunDirectory& run);

}  // namespace hourglass
