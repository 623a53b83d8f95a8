// model.safetensors: a trained autoencoder with PyTorch's names and layouts ("fc1.weight" [O, I]) and, in its
// metadata, everything needed to use it again: architecture, preprocessing, how it was trained.
#pragma once

#include <filesystem>
#include <memory>

#include "hourglass/core/json.h"
#include "hourglass/model/model.h"
#include "hourglass/model/safetensors.h"

namespace hourglass {

// The model as a safetensors file in memory: tensors (views of `model`, which must outlive it) and metadata.
// `training` is kept as it is under "training" (data name and checksum, epochs, losses, …). A checkpoint adds
// its own tensors and metadata to this.
SafetensorsFile ToModelFile(const Model& model, const Json& training);
void SaveModel(const std::filesystem::path& path, const Model& model, const Json& training);

// A model from a model file or a checkpoint. Throws a data Error when a parameter is missing, has another
// shape than the architecture says, or is not finite, and when the metadata is not ours.
struct LoadedModel {
  std::unique_ptr<Model> model;
  Json training;
};
LoadedModel LoadModel(const std::filesystem::path& path);

// The architecture that `file` keeps, its layers checked against its parameters; throws a data Error naming
// `where` as LoadModel does.
Architecture ReadArchitecture(const SafetensorsFile& file, std::string_view where);

// Copies the parameters of `file` into `model`, with the checks of LoadModel; `where` names the file in
// errors.
void LoadParameters(const SafetensorsFile& file, std::string_view where, Model& model);

}  // namespace hourglass
