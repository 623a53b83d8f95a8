// A model's structure as data. It round-trips through JSON, which is stored in the model file and the run
// directory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/core/shape.h"

namespace hourglass {

// One layer, with the name of its parameters in model files: "fc1".
struct NamedLayer {
  std::string name;
  Json config;
};

struct Architecture {
  std::string name;  // "mlp4"
  Shape image_shape;
  int64_t code_size = 0;
  std::vector<NamedLayer> encoder;
  std::vector<NamedLayer> decoder;

  Json ToJson() const;
  // Throws a data Error that names `where` if keys are missing, unknown or of the wrong type.
  static Architecture FromJson(const Json& json, std::string_view where);
};

// Throws a usage Error unless `shape` is an image shape: [C, H, W], each at least 1, at most 2^26 pixels.
void RequireImageShape(const Shape& shape);

// The built-in architectures, including "mlp4".
std::vector<std::string> ArchitectureNames();
// The TOML text of a built-in architecture, and its title. Throws a usage Error that suggests the nearest
// name if there is none of that name.
std::string_view ArchitectureToml(std::string_view name);
std::string ArchitectureTitle(std::string_view name);

// Makes the architecture `model` (a built-in name or the path of a TOML file) for images of `image_shape` [C,
// H, W] and a code of `code_size` numbers. `dropout` is the probability for dropout layers that leave it
// open. Throws a usage Error for an unknown name, an invalid description (docs/architectures.md) or
// impossible sizes.
Architecture MakeArchitecture(std::string_view model, const Shape& image_shape, int64_t code_size,
                              double dropout = 0);

// The name that MakeArchitecture gives to the architecture `model`: "wide" for "mine/wide.toml". Throws a
// usage Error if `model` is neither a known name nor ends in .toml; reads no file.
std::string ArchitectureName(std::string_view model);

}  // namespace hourglass
