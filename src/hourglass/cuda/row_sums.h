// Sums over rows for many columns on a device.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// to[i] = the sum of value(row, i) over the rows, at least one, for each i < columns. First sums chunks of
// about √rows rows, then the chunks; always in the same order. Calls `value`, a lambda for devices, once for
// each row and column. `to` is on the device. Adds in `Number`, f32 or f64.
template <class Value, class Number>
void SumRows(Launcher& launcher, int64_t rows, int64_t columns, Value value, Number* to) {
  const auto chunk = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(rows))));
  const int64_t chunks = (rows + chunk - 1) / chunk;
  Buffer<Number> partial_sums(launcher.stream(), chunks * columns);
  Number* parts = partial_sums.data();
  launcher.Loop(chunks * columns, [=] __device__(int64_t i) {
    const int64_t begin = i / columns * chunk, end = std::min(begin + chunk, rows);
    Number sum = 0;
    for (int64_t row = begin; row < end; ++row) sum += value(row, i % columns);
    parts[i] = sum;
  });
  launcher.Loop(columns, [=] __device__(int64_t i) {
    Number sum = 0;
    for (int64_t part = 0; part < chunks; ++part) sum += parts[part * columns + i];
    to[i] = sum;
  });
}

}  // namespace hourglass::cuda
