// Sums over rows for many columns on a device.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// to[i] = the sum of value(row, i) over the rows, at least one, for each i < columns. Sums chunks of rows
// first, about as many as there are rows in each, then the chunks; always in the same order. Calls `value`, a
// lambda for devices, once for each row and column. `to` is on the device.
template <class Value>
void SumRows(Launcher& launcher, int64_t rows, int64_t columns, Value value, float* to) {
  const auto chunk = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(rows))));
  const int64_t chunks = (rows + chunk - 1) / chunk;
  Buffer<float> partial_sums(launcher.stream(), chunks * columns);
  float* parts = partial_sums.data();
  launcher.Loop(chunks * columns, [=] __device__(int64_t i) {
    const int64_t begin = i / columns * chunk, end = std::min(begin + chunk, rows);
    float sum = 0;
    for (int64_t row = begin; row < end; ++row) sum += value(row, i % columns);
    parts[i] = sum;
  });
  launcher.Loop(columns, [=] __device__(int64_t i) {
    float sum = 0;
    for (int64_t part = 0; part < chunks; ++part) sum += parts[part * columns + i];
    to[i] = sum;
  });
}

}  // namespace hourglass::cuda
