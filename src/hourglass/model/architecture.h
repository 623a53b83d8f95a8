// What a model consists of, as data: it round-trips through JSON, which is stored in the model file and the
// run directory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/core/shape.h"

namespace hourglass {

// One layer with the name that its parameters carry in model files: "fc1".
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
  // Throws a data Error naming `where` when keys are missing, unknown or of the wrong type.
  static Architecture FromJson(const Json& json, std::string_view where);
};

// Throws a usage Error unless `shape` is that of an image: [C, H, W], each at least 1, at most 2^26 pixels.
void RequireImageShape(const Shape& shape);

// The built-in architectures, including "mlp4".
std::vector<std::string> ArchitectureNames();
// The TOML that describes one of them, and the title in it; a usage Error names the nearest when there is
// none of that name.
std::string_view ArchitectureToml(std::string_view name);
std::string ArchitectureTitle(std::string_view name);

// Makes the architecture `model`, the name of one that is built in or the path of a TOML file, for images of
// `image_shape` [C, H, W] with a code of `code_size` numbers; `dropout` is the probability of the dropout
// layers that leave theirs open. Throws a usage Error for an unknown name, a file that is not a description
// (docs/architectures.md), and impossible sizes.
Architecture MakeArchitecture(std::string_view model, const Shape& image_shape, int64_t code_size,
                              double dropout = 0);

// The name that the architecture `model` of MakeArchitecture has: of "mine/wide.toml" it is "wide". Throws a
// usage Error when `model` is neither a known name nor ends in .toml; reads no file.
std::string ArchitectureName(std::string_view model);

}  // namespace hourglass
