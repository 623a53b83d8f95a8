// Passes over the elements of buffers.
#pragma once

#include <cstdint>

#include "hourglass/core/dtype.h"

namespace hourglass::cpu {

// out[i] = x[i], rounded to T: float or BFloat16.
template <class T>
void RoundElements(const float* x, int64_t count, T* out);

// x[i] += share · (other[i] - x[i]), computed in f32.
template <class T>
void MixElements(const T* other, float share, int64_t count, T* x);

// Σ x[i]², in f32 within blocks of 4096 elements and in f64 across them.
double SumOfSquares(const float* x, int64_t count);

// Σ (a[i] - b[i])², in f32 within blocks of 256 elements. T: float or BFloat16.
template <class T>
double SquaredDistance(const T* a, const T* b, int64_t count);

// x[i] *= factor.
void ScaleElements(float factor, int64_t count, float* x);

}  // namespace hourglass::cpu
