// cuBLASLt accepts the description of every product of dense layers, and describes the same matrices.
#include "hourglass/cuda/device/matmul_descriptors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hourglass/core/error.h"
#include "hourglass/cuda/device/check_cublaslt.h"

namespace hourglass::cuda {
namespace {

// An address that is aligned to `alignment` and no more. Nothing reads it.
template <class T = void>
T* AddressAt(uintptr_t alignment) {
  return reinterpret_cast<T*>(uintptr_t{1} << 20 | alignment);
}

struct DenseShape {
  int64_t rows, inputs, outputs;
};

// As dense.cc describes them; row by row, a matrix lies as its transpose does column by column.
Matmul Forward(const DenseShape& of, DType type) {
  return {.m = of.outputs,
          .n = of.rows,
          .k = of.inputs,
          .type = type,
          .a = AddressAt(4),
          .lda = of.inputs,
          .transpose_a = true,
          .b = AddressAt(64),
          .ldb = of.inputs,
          .c = AddressAt(256),
          .ldc = of.outputs,
          .bias = AddressAt<float>(32)};
}

Matmul WeightGradient(const DenseShape& of, DType type) {
  return {.m = of.inputs,
          .n = of.outputs,
          .k = of.rows,
          .type = type,
          .a = AddressAt(128),
          .lda = of.inputs,
          .b = AddressAt(16),
          .ldb = of.outputs,
          .transpose_b = true,
          .c = AddressAt(4),
          .ldc = of.inputs,
          .add = true};
}

Matmul InputGradient(const DenseShape& of, DType type) {
  return {.m = of.inputs,
          .n = of.rows,
          .k = of.outputs,
          .type = type,
          .a = AddressAt(2),
          .lda = of.inputs,
          .b = AddressAt(8),
          .ldb = of.outputs,
          .c_type = type,
          .c = AddressAt(2),
          .ldc = of.inputs + 3};
}

std::vector<Matmul> Products() {
  std::vector<Matmul> products;
  for (const DenseShape& shape :
       {DenseShape{1, 1, 1}, {7, 5, 3}, {128, 784, 512}, {33, 512, 2}, {250, 2, 784}}) {
    for (const DType type : {DType::kF32, DType::kBF16}) {
      for (const auto& make : {&Forward, &WeightGradient, &InputGradient})
        products.push_back(make(shape, type));
    }
    products.push_back(Forward(shape, DType::kF32));
    products.back().tf32 = true;
  }
  return products;
}

template <class T>
T Get(cublasLtMatmulDesc_t from, cublasLtMatmulDescAttributes_t attribute) {
  T value = {};
  Check(cublasLtMatmulDescGetAttribute(from, attribute, &value, sizeof(value), nullptr), "cannot read");
  return value;
}
template <class T>
T Get(cublasLtMatrixLayout_t from, cublasLtMatrixLayoutAttribute_t attribute) {
  T value = {};
  Check(cublasLtMatrixLayoutGetAttribute(from, attribute, &value, sizeof(value), nullptr), "cannot read");
  return value;
}
template <class T>
T Get(cublasLtMatmulPreference_t from, cublasLtMatmulPreferenceAttributes_t attribute) {
  T value = {};
  Check(cublasLtMatmulPreferenceGetAttribute(from, attribute, &value, sizeof(value), nullptr), "cannot read");
  return value;
}

void ExpectLayout(cublasLtMatrixLayout_t layout, DType type, int64_t rows, int64_t columns, int64_t leading) {
  const auto cuda_type = static_cast<uint32_t>(type == DType::kF32 ? CUDA_R_32F : CUDA_R_16BF);
  EXPECT_EQ(Get<uint32_t>(layout, CUBLASLT_MATRIX_LAYOUT_TYPE), cuda_type);
  EXPECT_EQ(Get<int32_t>(layout, CUBLASLT_MATRIX_LAYOUT_ORDER), CUBLASLT_ORDER_COL);
  EXPECT_EQ(Get<uint64_t>(layout, CUBLASLT_MATRIX_LAYOUT_ROWS), rows);
  EXPECT_EQ(Get<uint64_t>(layout, CUBLASLT_MATRIX_LAYOUT_COLS), columns);
  EXPECT_EQ(Get<int64_t>(layout, CUBLASLT_MATRIX_LAYOUT_LD), leading);
}

TEST(MatmulDescriptors, DescribeTheOperation) {
  for (const Matmul& p : Products()) {
    const MatmulKind kind(p);
    MatmulDescriptors descriptors(kind);
    SCOPED_TRACE(Describe(kind));
    const auto operation = descriptors.operation();
    EXPECT_EQ(Get<int32_t>(operation, CUBLASLT_MATMUL_DESC_COMPUTE_TYPE),
              p.tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F);
    EXPECT_EQ(Get<int32_t>(operation, CUBLASLT_MATMUL_DESC_SCALE_TYPE), CUDA_R_32F);
    EXPECT_EQ(Get<int32_t>(operation, CUBLASLT_MATMUL_DESC_TRANSA),
              p.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N);
    EXPECT_EQ(Get<int32_t>(operation, CUBLASLT_MATMUL_DESC_TRANSB),
              p.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N);
    EXPECT_EQ(Get<uint32_t>(operation, CUBLASLT_MATMUL_DESC_EPILOGUE),
              p.bias == nullptr ? CUBLASLT_EPILOGUE_DEFAULT : CUBLASLT_EPILOGUE_BIAS);
    if (p.bias != nullptr) descriptors.SetBias(p.bias);
    EXPECT_EQ(Get<const void*>(operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER), p.bias);
  }
}

TEST(MatmulDescriptors, DescribeTheMatrices) {
  for (const Matmul& p : Products()) {
    const MatmulDescriptors descriptors{MatmulKind(p)};
    SCOPED_TRACE(Describe(MatmulKind(p)));
    ExpectLayout(descriptors.a(), p.type, p.transpose_a ? p.k : p.m, p.transpose_a ? p.m : p.k, p.lda);
    ExpectLayout(descriptors.b(), p.type, p.transpose_b ? p.n : p.k, p.transpose_b ? p.k : p.n, p.ldb);
    ExpectLayout(descriptors.c(), p.c_type, p.m, p.n, p.ldc);
  }
}

TEST(MatmulDescriptors, TellWhatAnAlgorithmMayDo) {
  for (const Matmul& p : Products()) {
    const MatmulDescriptors descriptors{MatmulKind(p)};
    const auto preference = descriptors.preference();
    EXPECT_EQ(Get<uint64_t>(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES), kWorkspaceBytes);
    EXPECT_EQ(Get<uint32_t>(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK),
              CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);
    EXPECT_EQ(Get<uint32_t>(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES), AlignmentOf(p.a));
    EXPECT_EQ(Get<uint32_t>(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES), AlignmentOf(p.b));
    EXPECT_EQ(Get<uint32_t>(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES), AlignmentOf(p.c));
    EXPECT_EQ(Get<uint32_t>(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES), AlignmentOf(p.c));
  }
}

TEST(MatmulKind, DiffersWhereAnotherAlgorithmMaySuit) {
  const Matmul product = Forward({7, 5, 3}, DType::kF32);
  EXPECT_EQ(MatmulKind(product), MatmulKind(product));
  std::vector<Matmul> others(5, product);
  others[0].ldc = 4;
  others[1].type = DType::kBF16;
  others[2].a = AddressAt(16);
  others[3].bias = nullptr;
  others[4].tf32 = true;
  for (const Matmul& other : others) EXPECT_NE(MatmulKind(other), MatmulKind(product));
}

TEST(AlignmentOf, IsAPowerOfTwoUpTo256) {
  for (const uintptr_t alignment : {1, 2, 4, 16, 64, 256})
    EXPECT_EQ(AlignmentOf(AddressAt(alignment)), alignment);
  EXPECT_EQ(AlignmentOf(AddressAt(4096)), 256);
  EXPECT_EQ(AlignmentOf(AddressAt(4 + 8)), 4);
}

TEST(Check, NamesTheStatusOfCublasLt) {
  try {
    Check(CUBLAS_STATUS_NOT_SUPPORTED, "cannot multiply");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.text().what, "cannot multiply");
    EXPECT_EQ(error.text().got, "CUBLAS_STATUS_NOT_SUPPORTED");
  }
}

}  // namespace
}  // namespace hourglass::cuda
