// The pictures of a model's work, laid out as grids: pairs, triples and strips. A grid of no model, of images
// of several shapes, or with another number of labels than images, is a usage Error.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hourglass/analysis/denoising.h"
#include "hourglass/analysis/interpolation.h"
#include "hourglass/analysis/reconstruction.h"
#include "hourglass/data/dataset.h"
#include "hourglass/report/picture_grid.h"

namespace hourglass {

// "7" and, below it, "#17" for image 17 of class 7; "#17" alone when the data has no labels.
std::vector<std::string> ImageLabels(const Dataset& data, std::span<const int64_t> ids);

// A kind of picture of the same images: "input" and [N, C, H, W].
struct PictureKind {
  std::string label;
  const Tensor* images;
};

// Each image as one group of pictures, one a kind: pairs, triples. Groups are rows, except that five to
// twelve images stand side by side, a kind a row.
PictureGrid GroupGrid(std::string title, const std::vector<PictureKind>& kinds,
                      std::vector<std::string> image_labels);

// input | output
PictureGrid ReconstructionGrid(std::string title, const Reconstruction& result,
                               std::vector<std::string> image_labels);

// The label of a column or row of corrupted images: "noisy\nσ = 0.2", "masked\n30 %".
std::string CorruptionLabel(const Corruption& corruption);

// input | corrupted input | output; a row a model, the images side by side when there are several models. All
// of one corruption.
struct ModelDenoising {
  std::string label;  // "d = 4"
  Denoising result;
};
PictureGrid DenoisingGrid(std::string title, const std::vector<ModelDenoising>& models,
                          std::vector<std::string> image_labels);

// The same images corrupted more and more, a column an amount: for each image a row of the corrupted images
// and below it a row of outputs for each model.
struct ModelDenoisings {
  std::string label;
  std::vector<Denoising> results;  // one an amount, of the same images
};
PictureGrid RobustnessGrid(std::string title, const std::vector<ModelDenoisings>& models,
                           const std::vector<std::string>& image_labels);

// Pictures one after the other in rows of `columns`, the last row filled up with white.
PictureGrid TiledGrid(std::string title, const Tensor& images, int64_t columns);

// First image, the decoded pictures between, second image; a row a model.
struct ModelInterpolation {
  std::string label;
  Interpolation result;
};
PictureGrid InterpolationGrid(std::string title, const std::vector<ModelInterpolation>& models);

}  // namespace hourglass
