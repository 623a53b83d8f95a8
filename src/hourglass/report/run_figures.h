// The figures that every run has: loss, reconstruction, denoising, interpolation, baselines.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hourglass/analysis/measurements.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/autoencoder.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

// Draws them into the run's figures folder. `loss_label` names the loss of the log with its unit;
// `noise_seed` as for Measure.
void DrawRunFigures(const RunDirectory& run, const Autoencoder& model, const DataSplits& data,
                    const Measurements& measurements, uint64_t noise_seed, const std::string& loss_label);

// Their names, in the order in which a report shows them. They are stable.
namespace figure_name {
inline constexpr char kLoss[] = "loss";
inline constexpr char kBaselines[] = "baselines";
inline constexpr char kReconstruction[] = "reconstruction";
inline constexpr char kDenoising[] = "denoising";
inline constexpr char kInterpolation[] = "interpolation";
}  // namespace figure_name

// "mlp4, d = 8"
std::string ModelTitle(const Autoencoder& model);

}  // namespace hourglass
