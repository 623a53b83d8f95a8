// Grids of a model's inputs and outputs: pairs, triples and strips. Throws a usage Error if there is no
// model, if images differ in shape, or if the numbers of labels and images differ.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hourglass/analysis/denoising.h"
#include "hourglass/analysis/generation.h"
#include "hourglass/analysis/interpolation.h"
#include "hourglass/analysis/picking.h"
#include "hourglass/analysis/reconstruction.h"
#include "hourglass/analysis/traversal.h"
#include "hourglass/data/dataset.h"
#include "hourglass/report/picture_grid.h"

namespace hourglass {

// "7" and, below it, "#17" for image 17 of class 7; "#17" alone if the data has no labels. Throws a usage
// Error if an image does not exist.
std::vector<std::string> ImageLabels(const Dataset& data, std::span<const int64_t> ids);

// The same below the rank and the error of each image: "25 %", "0.0123", "7" and "#17".
std::vector<std::string> RankLabels(const Dataset& data, std::span<const RankedImage> images);

// What such images are, without a full stop. `errors_of`: "the model".
std::string RankCaption(int64_t images, const std::string& errors_of);
// As many have ranks of whole tenths.
inline constexpr int64_t kRankedImages = 11;

// One kind of picture of all images: "input" and [N, C, H, W].
struct PictureKind {
  std::string label;
  const Tensor* images;
};

// Each image is a group of pictures, one per kind: a pair or a triple. Each group is a row, but five to
// twelve images stand side by side, with one row per kind.
PictureGrid GroupGrid(std::string title, const std::vector<PictureKind>& kinds,
                      std::vector<std::string> image_labels);

// input | output
PictureGrid ReconstructionGrid(std::string title, const Reconstruction& result,
                               std::vector<std::string> image_labels);

// The label of a column or row of corrupted images: "noisy\nσ = 0.2", "masked\n30 %".
std::string CorruptionLabel(const Corruption& corruption);

// input | corrupted input | output, all with one corruption. With several models: one row per model, the
// images side by side, each named above its input.
struct ModelDenoising {
  std::string label;  // "d = 4"
  Denoising result;
};
PictureGrid DenoisingGrid(std::string title, const std::vector<ModelDenoising>& models,
                          std::vector<std::string> image_labels);

// The same images with increasing corruption, one column per amount. Each image has one row of corrupted
// images and, below it, one row of outputs per model.
struct ModelDenoisings {
  std::string label;
  std::vector<Denoising> results;  // one per amount, of the same images
};
PictureGrid RobustnessGrid(std::string title, const std::vector<ModelDenoisings>& models,
                           const std::vector<std::string>& image_labels);

// Pictures in rows of `columns` (1 or more), the last row padded with white.
PictureGrid TiledGrid(std::string title, const Tensor& images, int64_t columns);

inline constexpr int64_t kTileColumns = 10;  // of many pictures without labels

// One row with a label above each picture if there are at most 12, else rows of kTileColumns without labels.
// Throws a usage Error unless each picture has a label.
PictureGrid LabelledGrid(std::string title, const Tensor& images, std::vector<std::string> labels);

// The decoded codes of a grid, with their numbers beside rows and columns.
PictureGrid CodePlane(const std::string& title, Session& session, const CodeGrid& codes);
// The sentences below it.
std::string CodePlaneCaption(const CodeGrid& codes);
inline constexpr int64_t kPlaneSide = 20;  // of the planes in reports

// One row per number of the code, one column per step.
PictureGrid TraversalGrid(std::string title, Session& session, const Traversal& traversal);

// Of so many evenly spaced points from one end to the other (2 or more): "cat", "1/3", "2/3", "dog".
std::vector<std::string> WalkLabels(std::string first, std::string last, int64_t points);

// A row of pictures for each strip: its first image, decoded pictures between, its second image.
struct ModelInterpolation {
  std::string label;  // "": "decoded"
  Interpolation result;
};
struct StripLayout {
  int64_t strips_per_pair = 0;  // so many, one per model, have the same two images; 0: all
  bool decoded_ends = false;    // also show the reconstructions of the two images beside them
  std::vector<std::string> ends = {"first", "second"};  // the labels of their columns
};
// Below the strips of each pair, the pixels of its two images mixed in the same shares.
PictureGrid InterpolationGrid(std::string title, const std::vector<ModelInterpolation>& strips,
                              const StripLayout& layout = {});

// What these pixels are there for.
inline constexpr char kMixedPixels[] =
    "Below, the pixels of the two images mixed in the same shares, without a model: "
    "one image only fades into the other.";

// "7 #17" and, below it, "→ 0 #3".
std::string PairLabel(const Dataset& data, const ImagePair& pair);

}  // namespace hourglass
