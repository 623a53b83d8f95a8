// What a sweep says at its end: a table, a figure, a report.
#pragma once

#include <string>
#include <vector>

#include "hourglass/report/html.h"
#include "hourglass/tune/sweep.h"

namespace hourglass {

// Writes figures/sweep (unless every run was lost) and report.html into the folder of `result`.
void WriteSweepReport(const SweepResult& result);

// Its section of a report, which may be that of a study; the figure is that of WriteSweepReport.
void AddSweep(HtmlReport& report, const SweepResult& result);

// A row of texts a value, under SweepHeader(): mean, spread over seeds, PCA where it was measured, each seed.
std::vector<std::string> SweepHeader(const SweepResult& result);
std::vector<std::vector<std::string>> SweepRows(const SweepResult& result);

// Warnings for the reader: that the sweep was a quick one, and which runs gave useless models.
std::vector<std::string> SweepWarnings(const SweepResult& result);

// Sentences: where the mean rises, whether by more than seeds explain, how large the spread is, what was
// lost.
std::vector<std::string> SweepNotes(const SweepResult& result);

}  // namespace hourglass
