#include "hourglass/cuda/matmul.h"

#include "hourglass/backend/cpu/with_compute_type.h"
#include "hourglass/core/check.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {
namespace {

// A sum of nothing is 0, so that only the bias remains.
template <class C>
void StoreBias(Launcher& launcher, const Matmul& p) {
  const int64_t m = p.m, ldc = p.ldc;
  const float* bias = p.bias;
  const bool add = p.add;
  C* c = static_cast<C*>(p.c);
  launcher.Loop(m * p.n, [=] __device__(int64_t i) {
    const float sum = bias == nullptr ? 0 : bias[i % m];
    C* to = c + i % m + i / m * ldc;
    Store(add ? Load(to) + sum : sum, to);
  });
}

}  // namespace

void CheckMatmul(const Matmul& p) {
  HOURGLASS_CHECK(p.m >= 0 && p.n >= 0 && p.k >= 0);
  HOURGLASS_CHECK(p.lda >= (p.transpose_a ? p.k : p.m));
  HOURGLASS_CHECK(p.ldb >= (p.transpose_b ? p.n : p.k));
  HOURGLASS_CHECK(p.ldc >= p.m);
  HOURGLASS_CHECK(p.bias == nullptr || p.c_type == DType::kF32);
  HOURGLASS_CHECK(!p.tf32 || p.type == DType::kF32);
}

// cuBLASLt refuses products without elements and empty sums.
void Run(Launcher& launcher, const Matmul& p) {
  CheckMatmul(p);
  if (p.m == 0 || p.n == 0) return;
  if (p.k > 0) return Execute(launcher, p);
  cpu::WithComputeType(p.c_type, [&]<class C>() { StoreBias<C>(launcher, p); });
}

}  // namespace hourglass::cuda
