// Arrays of numbers as images.
#pragma once

#include <cstdint>
#include <string>

#include "hourglass/core/tensor.h"
#include "hourglass/data/open_data.h"

namespace hourglass {

// Images u8 [N, C, H, W] of an array, u8 or f32, of [N, H, W], [N, C, H, W] or in another order of axes, or
// [N, H · H]. Numbers are read in options.range, or in a range guessed from them, which it sets, so that all
// parts of a set get the same. Adds to `note` what was guessed or rounded. `where` names the array. Throws a
// data Error for other shapes, for numbers that are not finite or outside the range, and for images that are
// almost black in a range that was guessed.
Tensor ToImages(Tensor array, DataOptions& options, const std::string& where, std::string& note);

// Whether `number` is that of the pixels of a square image.
bool IsSquare(int64_t number);

}  // namespace hourglass
