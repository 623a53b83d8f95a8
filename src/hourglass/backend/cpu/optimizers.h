// One step of an optimizer over a contiguous piece of the flat buffers.
#pragma once

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// As the operations of the same name in Backend, on `count` elements.
void AdamStep(const AdamSettings& settings, double learning_rate, int64_t step, int64_t count,
              const float* grads, float* params, float* m, float* v);
void AdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step, int64_t count,
                const float* grads, float* params, float* m, float* u);
void SgdStep(const SgdSettings& settings, double learning_rate, int64_t count, const float* grads,
             float* params, float* velocity);

}  // namespace hourglass::cpu
