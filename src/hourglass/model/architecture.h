// A model's structure as data. It round-trips through JSON, which is stored in the model file and the run
// directory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/core/shape.h"

namespace hourglass {

// One layer, and the prefix of its parameters in model files: "fc1".
struct NamedLayer {
  std::string name;
  Json config;
};

// What lies between encoder and decoder: nothing, or a gaussian whose mean and logarithm of the variance the
// encoder gives for each number of the code (a variational autoencoder).
enum class Bottleneck { kIdentity, kGaussian };
std::string_view Name(Bottleneck bottleneck);  // "identity", "gaussian"
std::vector<std::string> BottleneckNames();
// Throws a usage Error that suggests the nearest name.
Bottleneck BottleneckNamed(std::string_view name);

struct Architecture {
  std::string name;  // "mlp4"
  Shape image_shape;
  int64_t code_size = 0;
  Bottleneck bottleneck = Bottleneck::kIdentity;
  std::vector<NamedLayer> encoder;
  std::vector<NamedLayer> decoder;

  // Numbers that the encoder gives for an image: a code, or the moments of a gaussian.
  int64_t encoder_outputs() const { return bottleneck == Bottleneck::kGaussian ? 2 * code_size : code_size; }

  Json ToJson() const;
  // Throws a data Error that names `where` if keys are missing, unknown or of the wrong type.
  static Architecture FromJson(const Json& json, std::string_view where);
};

bool HasConvolutions(const Architecture& architecture);

// Throws a usage Error unless `shape` is an image shape: [C, H, W], each at least 1, at most 2^26 pixels.
void RequireImageShape(const Shape& shape);

// The built-in architectures, including "mlp4".
std::vector<std::string> ArchitectureNames();
// The TOML text of a built-in architecture, and its title. Both throw a usage Error that suggests the nearest
// name if `name` is unknown.
std::string_view ArchitectureToml(std::string_view name);
std::string ArchitectureTitle(std::string_view name);

// Makes the architecture `model` (a built-in name or the path of a TOML file) for images of `image_shape` [C,
// H, W] and a code of `code_size` numbers. `dropout` is the probability of layers with probability =
// "dropout". With a gaussian bottleneck, the last dense layer of the encoder has twice as many outputs and no
// activation. Throws a usage Error for an unknown name, an invalid description (docs/architectures.md) or
// impossible sizes, and for a gaussian after another kind of layer.
Architecture MakeArchitecture(std::string_view model, const Shape& image_shape, int64_t code_size,
                              double dropout = 0, Bottleneck bottleneck = Bottleneck::kIdentity);

// The name that MakeArchitecture gives to the architecture `model`: "wide" for "mine/wide.toml". Reads no
// file. Throws a usage Error if `model` is not a known name and does not end in .toml.
std::string ArchitectureName(std::string_view model);

}  // namespace hourglass
