// Matrix products on one thread. Nothing here validates its arguments. Letters: M rows and N columns of the
// result, K products per element. A stride is the distance from row to row, in elements.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// How pairs of bf16 are multiplied: widened to f32, by the instructions of AVX512-BF16, or by those of AMX.
enum class PairProducts { kWidened, kAvx512Bf16, kAmx };

std::string_view Name(PairProducts pairs);  // of the instructions: "f32", "AVX512-BF16", "AMX"

// What this processor supports, the fastest last. VDPBF16PS has twice the arithmetic rate of f32 on AMD's
// processors, but half of it on Intel's, where widening is faster.
std::vector<PairProducts> SupportedPairProducts();

// Whether the right operand B is given by its rows, [K, N], or by its columns, [N, K].
enum class Order { kRows, kColumns };

// Writes y [M, N] = activation(a B + bias). Number: f32, or bf16, to which B is rounded.
template <class Number>
struct RowsProduct {
  int64_t M, N, K;
  const Number* a;  // [M, K]
  const float* b;   // B in `order`
  int64_t b_stride;
  Order order;
  const float* bias;  // [N], or null: zeros
  Activation activation;
  void* y;
  DType y_type;  // that of Number, or f32
  int64_t y_stride;
  const float* packed = nullptr;  // B by PackBlock, if several products share it
};

// c [M, N] = or += aᵀ b.
template <class Number>
struct ColumnsProduct {
  int64_t M, N, K;
  const Number* a;  // [K, M]
  int64_t a_stride;
  const Number* b;  // [K, N]
  int64_t b_stride;
  float* c;
  int64_t c_stride;
  Accumulation accumulation = Accumulation::kWrite;
};

// B can be packed once for many products: in blocks, each of which may be packed by another thread. `packed`
// takes PackedSize floats, 64-byte aligned.
template <class Number>
int64_t PackedSize(const RowsProduct<Number>& product);
template <class Number>
int64_t PackedBlocks(const RowsProduct<Number>& product);
// In floats, without padding.
template <class Number>
int64_t PackedBlockSize(const RowsProduct<Number>& product, int64_t block);
void PackBlock(const RowsProduct<float>& product, int64_t block, float* workspace, float* packed);
void PackBlock(const RowsProduct<BFloat16>& product, int64_t block, float* workspace, float* packed);

// Floats that Multiply and PackBlock need as `workspace`, 64-byte aligned. `pairs` matters for products of
// bf16 only.
template <class Number>
int64_t WorkspaceSize(const RowsProduct<Number>& product);
template <class Number>
int64_t WorkspaceSize(const ColumnsProduct<Number>& product);
void Multiply(const RowsProduct<float>& product, PairProducts pairs, float* workspace);
void Multiply(const RowsProduct<BFloat16>& product, PairProducts pairs, float* workspace);
void Multiply(const ColumnsProduct<float>& product, PairProducts pairs, float* workspace);
void Multiply(const ColumnsProduct<BFloat16>& product, PairProducts pairs, float* workspace);

}  // namespace hourglass::cpu
