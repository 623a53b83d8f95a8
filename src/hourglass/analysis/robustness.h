// What a model makes of images that are corrupted more and more.
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

// How near images are to the clean ones, over a data set.
struct Quality {
  double mse = 0;   // mean over all pixels of all images
  double psnr = 0;  // of that mse, in dB; infinite when it is 0
  double ssim = 0;  // mean over images
};

struct QualityCurve {
  std::string label;
  std::vector<Quality> points;  // one an amount
};

struct Robustness {
  CorruptionKind kind;
  std::vector<double> amounts;
  int64_t images = 0;                  // that were measured
  QualityCurve corrupted;              // of the corrupted images themselves: doing nothing
  std::optional<QualityCurve> wiener;  // the linear filter that knows the amount
  std::vector<QualityCurve> models;
};

struct LabelledModel {
  std::string label;
  Session* session;
};

// Corrupts every image of `data` by each amount, lets each model answer, and holds the answers against the
// clean images. The corruption of an image is the same for all models (stream kNoise of `seed`), and all
// amounts of noise are multiples of one noise. With `pca` of all components of the training images the Wiener
// filter is measured too; it is defined for gaussian noise alone. At least one model, all of one backend.
// Throws a usage Error when `amounts` is empty or holds an impossible one, or when the images do not fit a
// model.
Robustness MeasureRobustness(std::span<const LabelledModel> models, const Dataset& data, CorruptionKind kind,
                             std::span<const double> amounts, uint64_t seed, const Pca* pca);

// Gaussian: 0, 0.1, …, 1. Else, shares: 0, 0.1, …, 0.9.
std::vector<double> DefaultAmounts(CorruptionKind kind);

// "FIRST:LAST:STEP", both ends included, or a list "0,0.2,0.5", rising. Throws a usage Error for what is
// neither, and for more than 1000 amounts.
std::vector<double> ParseAmounts(std::string_view text);

// The curves through the MSE of `curve`.
std::vector<CurveFit> FitMse(const Robustness& robustness, const QualityCurve& curve);

// Corruption, amounts and all curves; with the fits of the models' MSE.
Json ToJson(const Robustness& robustness);

}  // namespace hourglass
