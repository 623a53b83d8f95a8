// The files of recipes/ at build time; CMake generates the definition.
#pragma once

#include "hourglass/core/built_in_text.h"

namespace hourglass {

extern const std::span<const BuiltInText> kBuiltInRecipes;

}  // namespace hourglass
