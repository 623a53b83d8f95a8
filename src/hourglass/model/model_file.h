// model.safetensors: a trained autoencoder with PyTorch's names and layouts ("fc1.weight" [O, I]). Its
// metadata has everything needed to use it again: architecture, preprocessing, training.
#pragma once

#include <filesystem>
#include <memory>

#include "hourglass/core/json.h"
#include "hourglass/core/safetensors.h"
#include "hourglass/model/model.h"

namespace hourglass {

// The model as a safetensors file in memory: metadata and tensors (views of `model`, which must outlive it).
// `training` is stored unchanged under "training" (data name and checksum, epochs, losses, …). A checkpoint
// adds more tensors and metadata.
SafetensorsFile ToModelFile(const Model& model, const Json& training);
void SaveModel(const std::filesystem::path& path, const Model& model, const Json& training);

// Loads a model file or a checkpoint. Throws a data Error if a parameter is missing, does not have the
// architecture's shape or is not finite, or if hourglass did not write the metadata.
struct LoadedModel {
  std::unique_ptr<Model> model;
  Json training;
};
LoadedModel LoadModel(const std::filesystem::path& path);

// The architecture stored in `file`, with its layers checked against its parameters. Throws a data Error that
// names `where`, as LoadModel does.
Architecture ReadArchitecture(const SafetensorsFile& file, std::string_view where);

// Copies the parameters of `file` into `model`, with the checks of LoadModel; errors name `where`.
void LoadParameters(const SafetensorsFile& file, std::string_view where, Model& model);

}  // namespace hourglass
