#include <bit>
#include <cmath>

#include "hourglass/backend/cpu/with_compute_type.h"
#include "hourglass/cuda/launcher.h"
#include "hourglass/cuda/matmul.h"

namespace hourglass::cuda {
namespace {

// To nearest. (Halfway cases may differ on a GPU.)
float RoundToTf32(float value) {
  constexpr uint32_t kDropped = 13;  // bits of the fraction
  const auto bits = std::bit_cast<uint32_t>(value) + (1u << (kDropped - 1));
  return std::isfinite(value) ? std::bit_cast<float>(bits >> kDropped << kDropped) : value;
}

template <class T, class C>
void MultiplyOnHost(const Matmul& p) {
  // Element (row, column) of op(matrix).
  const auto at = [&](const void* matrix, int64_t leading, bool transposed, int64_t row, int64_t column) {
    const int64_t i = transposed ? column + row * leading : row + column * leading;
    const float value = Load(static_cast<const T*>(matrix) + i);
    return p.tf32 ? RoundToTf32(value) : value;
  };
  for (int64_t j = 0; j < p.n; ++j) {
    for (int64_t i = 0; i < p.m; ++i) {
      float sum = 0;
      for (int64_t l = 0; l < p.k; ++l)
        sum += at(p.a, p.lda, p.transpose_a, i, l) * at(p.b, p.ldb, p.transpose_b, l, j);
      if (p.bias != nullptr) sum += p.bias[i];
      C* to = static_cast<C*>(p.c) + i + j * p.ldc;
      Store(p.add ? Load(to) + sum : sum, to);
    }
  }
}

}  // namespace

void Execute(Launcher& launcher, const Matmul& product) {
  launcher.stream().Enqueue([product](NativeStream& native) {
    native.Enqueue([product] {
      cpu::WithComputeType(product.type, [&]<class T>() {
        cpu::WithComputeType(product.c_type, [&]<class C>() { MultiplyOnHost<T, C>(product); });
      });
    });
  });
}

}  // namespace hourglass::cuda
