#include "hourglass/backend/cpu/with_compute_type.h"
#include "hourglass/cuda/launcher.h"
#include "hourglass/cuda/matmul.h"

namespace hourglass::cuda {
namespace {

// Element (row, column) of op(matrix).
template <class T>
float OperandAt(const void* matrix, int64_t leading, bool transposed, int64_t row, int64_t column) {
  const int64_t i = transposed ? column + row * leading : row + column * leading;
  return Load(static_cast<const T*>(matrix) + i);
}

template <class T, class C>
void MultiplyOnHost(const Matmul& p) {
  for (int64_t j = 0; j < p.n; ++j) {
    for (int64_t i = 0; i < p.m; ++i) {
      float sum = 0;
      for (int64_t l = 0; l < p.k; ++l)
        sum += OperandAt<T>(p.a, p.lda, p.transpose_a, i, l) * OperandAt<T>(p.b, p.ldb, p.transpose_b, l, j);
      if (p.bias != nullptr) sum += p.bias[i];
      C* to = static_cast<C*>(p.c) + i + j * p.ldc;
      Store(p.add ? Load(to) + sum : sum, to);
    }
  }
}

}  // namespace

void Run(Launcher& launcher, const Matmul& product) {
  CheckMatmul(product);
  if (RunEmpty(launcher, product)) return;
  launcher.stream().Enqueue([product](NativeStream& native) {
    native.Enqueue([product] {
      cpu::WithComputeType(product.type, [&]<class T>() {
        cpu::WithComputeType(product.c_type, [&]<class C>() { MultiplyOnHost<T, C>(product); });
      });
    });
  });
}

}  // namespace hourglass::cuda
