// Architectures described in TOML (docs/architectures.md): the layers of each side. Values that follow from
// the image, the code or other layers may be omitted.
#pragma once

#include <string>
#include <string_view>

#include "hourglass/model/architecture.h"

namespace hourglass {

// Reads the layers of `made` from `toml`, the text of `where`. The other members of `made` must be set.
// `dropout` is the value of the word "dropout". Throws a usage Error if no layer uses a `dropout` ≠ 0, if the
// description is invalid (naming the line), or if layers do not fit together (naming the layer and the
// sizes).
void ReadLayers(std::string_view toml, const std::string& where, double dropout, Architecture& made);

}  // namespace hourglass
