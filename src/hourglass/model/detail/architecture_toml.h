// Architectures described in TOML (docs/architectures.md): the layers of each side. Values that follow from
// the image, the code or other layers may be omitted.
#pragma once

#include <string>
#include <string_view>

#include "hourglass/model/architecture.h"

namespace hourglass {

// Reads the layers of `made`, whose other members are set, from `toml`, read from `where`. `dropout` is the
// value of the word "dropout". Throws a usage Error for `dropout` ≠ 0 that no layer uses, for an invalid
// description (naming the line), and for layers that do not fit together (naming the layer and the sizes).
void ReadLayers(std::string_view toml, const std::string& where, double dropout, Architecture& made);

}  // namespace hourglass
