// What a map that teaches an encoder is made of.
#pragma once

#include <filesystem>
#include <memory>

#include "hourglass/core/tensor.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/model.h"

namespace hourglass {

// One row per image: u8 pixels, or f32 codes of a model.
struct MapPoints {
  Tensor train, held_out;
  std::unique_ptr<Model> model = nullptr;
};

// The images themselves, or, unless `model` is empty, the codes that this model gives them: a run directory
// or a model file. Computes on `threads` threads of the processor. Throws as LoadModel does, and a data Error
// if the model takes other images.
MapPoints PointsOfMap(const DataSplits& data, const std::filesystem::path& model, int threads);

}  // namespace hourglass
