// What a model is made of, as data: it round-trips through JSON, which the model file and the run directory
// keep.
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

// The named architectures, "mlp4" among them.
std::vector<std::string> ArchitectureNames();

// Makes a named architecture for images of `image_shape` [C, H, W] with a code of `code_size` numbers. Throws
// a usage Error for an unknown name (with the nearest known one) and for sizes that make no model (code_size
// < 1, …). mlp4: P → P/2 (ReLU) → d (ReLU) → P/2 (ReLU) → P (sigmoid), P = pixels; layers fc1 … fc4.
Architecture MakeArchitecture(std::string_view name, const Shape& image_shape, int64_t code_size);

}  // namespace hourglass
