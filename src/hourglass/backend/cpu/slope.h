// Multiplies a gradient by the slope of an activation, before the products of a dense layer.
#pragma once

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// dy *= activation'(y) in place; column_sums += the column sums of the result before rounding to bf16. y and
// dy [rows, columns], f32 or bf16; column_sums [columns] f32.
template <class T>
void MultiplyBySlope(Activation activation, const T* y, T* dy, int64_t rows, int64_t columns,
                     float* column_sums);

}  // namespace hourglass::cpu
