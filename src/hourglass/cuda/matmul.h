// Products of matrices on a device, described as cuBLASLt takes them: column by column.
#pragma once

#include <cstdint>

#include "hourglass/core/dtype.h"

namespace hourglass::cuda {

class Launcher;

// c [m, n] = op(a) op(b) (+ c if `add`) (+ bias[i] in row i), where op(a) is [m, k] and op(b) [k, n]. All
// matrices are column-major: element (i, j) of a is at i + j · lda.
struct Matmul {
  int64_t m, n, k;
  DType type = DType::kF32;  // of a and b: f32 or bf16
  bool tf32 = false;         // of f32: round a and b to TF32, whose fractions have 10 bits
  const void* a;
  int64_t lda;
  bool transpose_a = false;  // a is stored as [k, m]
  const void* b;
  int64_t ldb;
  bool transpose_b = false;  // b is stored as [n, k]
  DType c_type = DType::kF32;
  void* c;
  int64_t ldc;
  bool add = false;
  const float* bias = nullptr;  // [m]; only for c of f32, because cuBLASLt takes a bias of the type of c
};

// Sums are f32. Calls CheckMatmul, which requires that the matrices fit into their leading dimensions.
void Run(Launcher& launcher, const Matmul& product);

void CheckMatmul(const Matmul& product);
// For Run: a product with elements and no empty sums. On a device, cuBLASLt does it; on the emulation, a loop
// on the host does exactly what the structure says.
void Execute(Launcher& launcher, const Matmul& product);

}  // namespace hourglass::cuda
