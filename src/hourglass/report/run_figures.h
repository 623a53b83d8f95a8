// Figures of every run: loss, reconstruction, denoising, interpolation, baselines, and decoded codes if they
// have two numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hourglass/analysis/measurements.h"
#include "hourglass/analysis/traversal.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"
#include "hourglass/train/config.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

// Draws them into the run's figures folder. `config` is the training's; `measurements` used its seed.
void DrawRunFigures(const RunDirectory& run, Session& session, const DataSplits& data,
                    const Measurements& measurements, const TrainConfig& config);

// Their stable names, in the order of the report.
namespace figure_name {
inline constexpr char kLoss[] = "loss";
inline constexpr char kEncoderLoss[] = "encoder-loss";  // of an encoder that learnt alone
inline constexpr char kEvidence[] = "evidence";         // of a gaussian bottleneck, as are the next two
inline constexpr char kPriorSamples[] = "prior-samples";
inline constexpr char kDivergence[] = "divergence";
inline constexpr char kTraversal[] = "traversal";  // not of a model that diverged
inline constexpr char kBaselines[] = "baselines";
inline constexpr char kReconstruction[] = "reconstruction";
inline constexpr char kBestToWorst[] = "best-to-worst";
inline constexpr char kDenoising[] = "denoising";
inline constexpr char kInterpolation[] = "interpolation";
inline constexpr char kCodeGrid[] = "code-grid";  // of codes of two numbers
// Drawn on request only. kRobustness is followed by -<corruption>, -<corruption>-ssim or
// -<corruption>-examples.
inline constexpr char kRobustness[] = "robustness";
inline constexpr char kCentroids[] = "centroids";
inline constexpr char kCentroidWalk[] = "centroid-walk";
inline constexpr char kClassSamples[] = "class-samples";
}  // namespace figure_name

// The sentences below a traversal.
std::string TraversalCaption(const CodeUnits& codes, const Traversal& traversal);

// "mlp4, d = 8"
std::string ModelTitle(const Model& model);

}  // namespace hourglass
