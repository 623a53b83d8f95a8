// Dropout on one sample.
#pragma once

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// As Backend::Dropout on the `count` elements of one row, which belongs to `sample`.
template <class T>
void DropElements(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t first_element, float probability,
                  int64_t count, const T* x, T* y);

}  // namespace hourglass::cpu
