// Losses against epochs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "hourglass/report/plots.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

// The two parts of a variational bound over the epochs, which must have them.
LinePlot EvidencePlot(const std::vector<EpochMetrics>& epochs, std::string title);

// Training and held-out loss against the epoch. Several runs differ in colour; training is solid, held out
// dashed. For a single run, marks show drops of the learning rate and the new rate. If ShowsHeldOutAlone,
// each run has its held-out loss alone, against a logarithmic axis.
struct RunCurve {
  std::string label;  // empty for a single run
  std::vector<EpochMetrics> epochs;
};
LinePlot LossPlot(const std::vector<RunCurve>& runs, std::string title,
                  std::string y_label = "MSE per pixel");

// True if there are too many runs for two curves each.
bool ShowsHeldOutAlone(size_t runs);

// Where the learning rate is lower than in the epoch before, but does not fall in the epochs around it:
// "learning rate 1e-4".
std::vector<PlotMark> LearningRateDrops(const std::vector<EpochMetrics>& epochs);

}  // namespace hourglass
