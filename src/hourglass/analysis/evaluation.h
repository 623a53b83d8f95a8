// Reconstruction errors of a model over a whole data set.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"

namespace hourglass {

struct EvaluationOptions {
  LossKind loss = kMse;
  Corruption corruption = {};  // of the input; the target stays clean
  uint64_t seed = 0;           // of the corruption
};

// The mean of (output - image)², or of |output - image|, over all pixels of all images. Sums in f64 and in
// blocks, so that memory stays bounded. Throws a usage Error if the images do not have the model's input
// shape.
double ReconstructionError(Session& session, const Dataset& data, const EvaluationOptions& options = {});

// The squared error of each image, in the order of the data, and the mean, which is ReconstructionError's.
struct ImageErrors {
  double mean = 0;
  std::vector<double> each;  // mean over the pixels of an image
};

// Both in one pass in blocks, so that of the outputs only their errors stay in memory. Throws as
// ReconstructionError does.
ImageErrors ReconstructionErrors(Session& session, const Dataset& data);

// Corrupts images f32 [N, C, H, W] in place. The corruption of a row depends on its sample ids[row] (stream
// kNoise, epoch 0), so every model sees the same corrupted image.
void CorruptForEvaluation(Backend& backend, const Corruption& corruption, uint64_t seed,
                          std::span<const int64_t> ids, Tensor& images);

// The mean of (a - b)² over the pixels of each image, in f64. a, b f32 [N, …] of the same shape;
// otherwise throws a usage Error that shows both.
std::vector<double> MsePerImage(const Tensor& a, const Tensor& b);

}  // namespace hourglass
