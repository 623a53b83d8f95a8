#include "hourglass/cuda/device/matmul_descriptors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "hourglass/cuda/device/check_cublaslt.h"

namespace hourglass::cuda {
namespace {

cudaDataType_t CudaType(DType dtype) {
  return dtype == DType::kF32 ? CUDA_R_32F : CUDA_R_16BF;
}

template <class T>
void Set(cublasLtMatmulDesc_t operation, cublasLtMatmulDescAttributes_t attribute, T value) {
  Check(cublasLtMatmulDescSetAttribute(operation, attribute, &value, sizeof(value)),
        "cuBLASLt refuses a product");
}

template <class T>
void Set(cublasLtMatmulPreference_t preference, cublasLtMatmulPreferenceAttributes_t attribute, T value) {
  Check(cublasLtMatmulPreferenceSetAttribute(preference, attribute, &value, sizeof(value)),
        "cuBLASLt refuses a condition on its algorithms");
}

int32_t Transposition(bool transposed) {
  return transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
}

}  // namespace

int64_t AlignmentOf(const void* address) {
  constexpr uintptr_t kMost = 256;
  return int64_t{1} << std::countr_zero(reinterpret_cast<uintptr_t>(address) | kMost);
}

MatmulKind::MatmulKind(const Matmul& p)
    : m(p.m),
      n(p.n),
      k(p.k),
      lda(p.lda),
      ldb(p.ldb),
      ldc(p.ldc),
      type(p.type),
      c_type(p.c_type),
      tf32(p.tf32),
      transpose_a(p.transpose_a),
      transpose_b(p.transpose_b),
      a_alignment(AlignmentOf(p.a)),
      b_alignment(AlignmentOf(p.b)),
      c_alignment(AlignmentOf(p.c)),
      bias_alignment(p.bias == nullptr ? 0 : AlignmentOf(p.bias)) {}

std::string Describe(const MatmulKind& kind) {
  return fmt::format("{} [{}, {}] · [{}, {}] to {}", kind.tf32 ? "tf32" : Name(kind.type), kind.m, kind.k,
                     kind.k, kind.n, Name(kind.c_type));
}

MatmulDescriptors::Operation MatmulDescriptors::MakeOperation(const MatmulKind& kind) {
  cublasLtMatmulDesc_t made = nullptr;
  const cublasComputeType_t sums = kind.tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
  Check(cublasLtMatmulDescCreate(&made, sums, CUDA_R_32F), "cuBLASLt cannot describe a product");
  Operation operation(made);
  Set(made, CUBLASLT_MATMUL_DESC_TRANSA, Transposition(kind.transpose_a));
  Set(made, CUBLASLT_MATMUL_DESC_TRANSB, Transposition(kind.transpose_b));
  if (kind.bias_alignment > 0) Set<uint32_t>(made, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
  return operation;
}

MatmulDescriptors::Layout MatmulDescriptors::MakeLayout(DType dtype, int64_t rows, int64_t columns,
                                                        int64_t leading) {
  cublasLtMatrixLayout_t made = nullptr;
  Check(cublasLtMatrixLayoutCreate(&made, CudaType(dtype), static_cast<uint64_t>(rows),
                                   static_cast<uint64_t>(columns), leading),
        "cuBLASLt cannot describe a matrix");
  return Layout(made);
}

MatmulDescriptors::Preference MatmulDescriptors::MakePreference(const MatmulKind& kind) {
  cublasLtMatmulPreference_t made = nullptr;
  Check(cublasLtMatmulPreferenceCreate(&made), "cuBLASLt cannot describe what an algorithm may do");
  Preference preference(made);
  Set<uint64_t>(made, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, kWorkspaceBytes);
  // Where several blocks compute one sum, its parts are added up as f32, not in the type of c.
  Set<uint32_t>(made, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);
  Set(made, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, static_cast<uint32_t>(kind.a_alignment));
  Set(made, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, static_cast<uint32_t>(kind.b_alignment));
  Set(made, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, static_cast<uint32_t>(kind.c_alignment));
  Set(made, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, static_cast<uint32_t>(kind.c_alignment));
  return preference;
}

MatmulDescriptors::MatmulDescriptors(const MatmulKind& kind)
    : operation_(MakeOperation(kind)),
      a_(kind.transpose_a ? MakeLayout(kind.type, kind.k, kind.m, kind.lda)
                          : MakeLayout(kind.type, kind.m, kind.k, kind.lda)),
      b_(kind.transpose_b ? MakeLayout(kind.type, kind.n, kind.k, kind.ldb)
                          : MakeLayout(kind.type, kind.k, kind.n, kind.ldb)),
      c_(MakeLayout(kind.c_type, kind.m, kind.n, kind.ldc)),
      preference_(MakePreference(kind)) {}

void MatmulDescriptors::SetBias(const float* bias) {
  Set<const void*>(operation(), CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
}

}  // namespace hourglass::cuda
