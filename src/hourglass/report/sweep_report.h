// The results of a sweep: a table, a figure, a report.
#pragma once

#include <string>
#include <vector>

#include "hourglass/report/html.h"
#include "hourglass/tune/sweep.h"

namespace hourglass {

// Writes figures/sweep (unless no run has a loss) and report.html into the folder of `result`.
void WriteSweepReport(const SweepResult& result);

// Adds its section to a report (of the sweep or of a study), with the figure of WriteSweepReport.
void AddSweep(HtmlReport& report, const SweepResult& result);

// One row of texts per value, under SweepHeader(): mean, spread over seeds, PCA if measured, each seed.
std::vector<std::string> SweepHeader(const SweepResult& result);
std::vector<std::vector<std::string>> SweepRows(const SweepResult& result);

// Warnings for the reader: a quick sweep, and runs with useless models.
std::vector<std::string> SweepWarnings(const SweepResult& result);

// Sentences: where the mean rises, whether by more than seeds alone explain, the largest spread, and lost
// runs.
std::vector<std::string> SweepNotes(const SweepResult& result);

}  // namespace hourglass
