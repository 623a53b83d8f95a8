// The pass between an activation's gradient and a dense layer's products.
#pragma once

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// dy *= activation'(y) in place, and the column sums of the result. y and dy [rows, columns], f32 or bf16;
// column_sums [columns] f32 is added to, from the values before they are rounded to bf16.
template <class T>
void MultiplyBySlope(Activation activation, const T* y, T* dy, int64_t rows, int64_t columns,
                     float* column_sums);

}  // namespace hourglass::cpu
