// Model outputs for increasingly corrupted images.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/analysis/baselines.h"
#include "hourglass/analysis/curve_fit.h"
#include "hourglass/backend/corruption.h"
#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"

namespace hourglass {

// Similarity to the clean images, over a data set.
struct Quality {
  double mse = 0;   // mean over all pixels of all images
  double psnr = 0;  // computed from that mse, in dB; infinite if it is 0
  double ssim = 0;  // mean over images
};

struct QualityCurve {
  std::string label;
  std::vector<Quality> points;  // one per amount
};

struct Robustness {
  CorruptionKind kind;
  std::vector<double> amounts;
  int64_t images = 0;                  // number measured
  QualityCurve corrupted;              // of the corrupted images themselves, without a model
  std::optional<QualityCurve> wiener;  // linear filter that knows the amount
  std::vector<QualityCurve> models;
};

struct LabelledModel {
  std::string label;
  Session* session;
};

// Corrupts every image of `data` by each amount, runs each model on the result, and compares the outputs with
// the clean images. All models see the same corruption of an image (stream kNoise of `seed`), and all amounts
// of noise scale the same noise. With the covariance of the training images, the Wiener filter is measured
// too; it is defined for gaussian noise only. All models must share one backend. Throws a usage Error if
// `models` or `amounts` is empty, if `kind` is kNone, if an amount is invalid, or if the images do not fit a
// model.
Robustness MeasureRobustness(std::span<const LabelledModel> models, const Dataset& data, CorruptionKind kind,
                             std::span<const double> amounts, uint64_t seed,
                             const PixelCovariance* covariance);

// 0, 0.1, …, 1 for gaussian noise; 0, 0.1, …, 0.9 for other corruptions (shares).
std::vector<double> DefaultAmounts(CorruptionKind kind);

// "FIRST:LAST:STEP", both ends included, or an ascending list "0,0.2,0.5". Throws a usage Error for anything
// else, and for more than 1000 amounts.
std::vector<double> ParseAmounts(std::string_view text);

// Fits curves to the MSE of `curve`.
std::vector<CurveFit> FitMse(const Robustness& robustness, const QualityCurve& curve);

// Corruption, amounts and all curves, with the fits to the models' MSE.
Json ToJson(const Robustness& robustness);

}  // namespace hourglass
