// The sampler that the objectives of a run need.
#pragma once

#include <memory>
#include <string>

#include "hourglass/data/dataset.h"
#include "hourglass/model/model.h"
#include "hourglass/train/config.h"
#include "hourglass/train/sampler.h"

namespace hourglass {

// Samples edges of the neighbour graph of `images` for the neighbourhood term; pairs of each image and itself
// for a lesson of views; else images. Finds neighbours on `threads` threads; writes to `warning` if they
// could not be kept. Throws a usage Error for pairs if there are too few images or rows in a batch.
std::unique_ptr<Sampler> MakeSampler(const TrainConfig& config, EncoderLesson lesson, const Dataset& images,
                                     const Model& model, int threads, std::string& warning);

}  // namespace hourglass
