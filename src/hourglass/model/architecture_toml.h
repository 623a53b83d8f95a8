// Architectures described in TOML (docs/architectures.md): the layers of each side, with what follows from
// the image, the code or other layers left out.
#pragma once

#include <string>
#include <string_view>

#include "hourglass/model/architecture.h"

namespace hourglass {

// Reads the layers of `made`, whose other members are set, from `toml`, which was read from `where`.
// `dropout` is what the word "dropout" stands for; a usage Error when it is not 0 and no layer says it.
// Throws a usage Error that names the line for what is no description, and the layer and the sizes for layers
// that do not fit together.
void ReadLayers(std::string_view toml, const std::string& where, double dropout, Architecture& made);

}  // namespace hourglass
