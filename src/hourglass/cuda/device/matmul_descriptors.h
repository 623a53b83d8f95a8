// What cuBLASLt has to know of a product, in its own structures. Making them needs no device.
#pragma once

#include <cublasLt.h>

#include <compare>
#include <cstdint>
#include <memory>
#include <string>

#include "hourglass/cuda/matmul.h"

namespace hourglass::cuda {

// Scratch memory that cuBLASLt may use in a product; NVIDIA's advice for Hopper.
inline constexpr size_t kWorkspaceBytes = size_t{32} << 20;
// cuBLASLt may choose a kernel that needs this of a bias, whatever its real alignment.
inline constexpr int64_t kBiasAlignment = 16;

// The largest power of two that divides an address, at most 256: more than that helps no kernel.
int64_t AlignmentOf(const void* address);

// All of a product on which the choice of an algorithm depends. Equal kinds always get the same one, so that
// the same seed gives the same bits.
struct MatmulKind {
  explicit MatmulKind(const Matmul& product);
  auto operator<=>(const MatmulKind&) const = default;

  int64_t m, n, k, lda, ldb, ldc;
  DType type, c_type;
  bool tf32;
  bool transpose_a, transpose_b;
  int64_t a_alignment, b_alignment, c_alignment, bias_alignment;  // bias: 0 if there is none
};

// "f32 [3, 5] · [5, 2] to f32"
std::string Describe(const MatmulKind& kind);

class MatmulDescriptors {
 public:
  // Throws a system Error.
  explicit MatmulDescriptors(const MatmulKind& kind);

  // Of a kind with a bias, before an algorithm is chosen and before each product.
  void SetBias(const float* bias);

  cublasLtMatmulDesc_t operation() const { return operation_.get(); }
  cublasLtMatrixLayout_t a() const { return a_.get(); }
  cublasLtMatrixLayout_t b() const { return b_.get(); }
  cublasLtMatrixLayout_t c() const { return c_.get(); }
  cublasLtMatmulPreference_t preference() const { return preference_.get(); }

 private:
  struct Destroy {
    void operator()(cublasLtMatmulDesc_t it) const { cublasLtMatmulDescDestroy(it); }
    void operator()(cublasLtMatrixLayout_t it) const { cublasLtMatrixLayoutDestroy(it); }
    void operator()(cublasLtMatmulPreference_t it) const { cublasLtMatmulPreferenceDestroy(it); }
  };
  using Operation = std::unique_ptr<cublasLtMatmulDescOpaque_t, Destroy>;
  using Layout = std::unique_ptr<cublasLtMatrixLayoutOpaque_t, Destroy>;
  using Preference = std::unique_ptr<cublasLtMatmulPreferenceOpaque_t, Destroy>;

  static Operation MakeOperation(const MatmulKind& kind);
  static Layout MakeLayout(DType dtype, int64_t rows, int64_t columns, int64_t leading);
  static Preference MakePreference(const MatmulKind& kind);

  Operation operation_;
  Layout a_, b_, c_;
  Preference preference_;
};

}  // namespace hourglass::cuda
