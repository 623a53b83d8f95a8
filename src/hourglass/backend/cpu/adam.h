// One step of Adam over a contiguous piece of the flat buffers.
#pragma once

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// As Backend::AdamStep on `count` elements.
void AdamStep(const AdamSettings& settings, double learning_rate, int64_t step, int64_t count,
              const float* grads, float* params, float* m, float* v);

}  // namespace hourglass::cpu
