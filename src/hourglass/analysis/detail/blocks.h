// Visits a data set in blocks of pixels, so that memory stays bounded for any size.
#pragma once

#include <functional>
#include <span>

#include "hourglass/backend/backend.h"
#include "hourglass/data/dataset.h"

namespace hourglass {

// Calls `visit(ids, pixels)` for consecutive blocks of the first `limit` images (all if negative). The
// visitor may change pixels, f32 [ids, C, H, W] in [0, 1].
void ForEachBlock(Backend& backend, const Dataset& data, int64_t limit,
                  const std::function<void(std::span<const int64_t> ids, Tensor& pixels)>& visit);

// Calls `visit(x)` for consecutive blocks of all images, minus `mean`, one number per pixel: f32 [images, C ·
// H · W], which the visitor may change.
void ForEachCentredBlock(Backend& backend, const Dataset& data, std::span<const double> mean,
                         const std::function<void(Tensor& x)>& visit);

// Throws a usage Error unless the images of `data` have the shape `expected` [C, H, W].
void CheckImageShape(const Shape& expected, const Dataset& data);

}  // namespace hourglass
