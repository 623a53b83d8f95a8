#include "hourglass/backend/cpu/packed_weights.h"

#include <algorithm>

#include "hourglass/backend/cpu/with_compute_type.h"

namespace hourglass::cpu {
namespace {

// w [O, I] as the right operand: transposed for the forward product (kColumns), as it is for the gradient of
// the input (kRows).
template <class Number>
RowsProduct<Number> Operand(const Tensor& w, Order order) {
  const int64_t O = w.shape()[0], I = w.shape()[1];
  return {.M = 0,
          .N = order == Order::kColumns ? O : I,
          .K = order == Order::kColumns ? I : O,
          .a = nullptr,
          .b = w.data<float>(),
          .b_stride = I,
          .order = order,
          .bias = nullptr,
          .activation = Activation::kNone,
          .y = nullptr,
          .y_type = DType::kF32,
          .y_stride = 0};
}

}  // namespace

void PackedWeights::Begin(const Backend::Split& split) {
  type_ = split.compute_type;
  used_ = 0;
  blocks_.clear();
  for (const Backend::SharedWeight& weight : split.weights) {
    Add(*weight.w, Order::kColumns);
    if (weight.backward) Add(*weight.w, Order::kRows);
  }
}

void PackedWeights::Add(const Tensor& w, Order order) {
  if (used_ == entries_.size()) entries_.emplace_back();
  Entry& entry = entries_[used_];
  entry.w = &w;
  entry.order = order;
  WithComputeType(type_, [&]<class Number>() {
    const auto operand = Operand<Number>(w, order);
    entry.packed.Resize({PackedSize(operand)}, DType::kF32);
    for (int64_t i = 0; i < PackedBlocks(operand); ++i)
      blocks_.push_back({used_, i, FloatsToPack() + PackedBlockSize(operand, i)});
  });
  ++used_;
}

int64_t PackedWeights::BlockBehind(int64_t floats) const {
  return std::ranges::upper_bound(blocks_, floats, {}, &Block::end) - blocks_.begin();
}

void PackedWeights::Pack(int part, int parts, Tensor& workspace) {
  const int64_t begin = BlockBehind(FloatsToPack() * part / parts),
                end = BlockBehind(FloatsToPack() * (part + 1) / parts);
  WithComputeType(type_, [&]<class Number>() {
    for (int64_t i = begin; i < end; ++i) {
      const Block& block = blocks_[static_cast<size_t>(i)];
      Entry& entry = entries_[block.entry];
      const auto operand = Operand<Number>(*entry.w, entry.order);
      workspace.Resize({WorkspaceSize(operand)}, DType::kF32);
      PackBlock(operand, block.index, workspace.data<float>(), entry.packed.data<float>());
    }
  });
}

template <class Number>
const float* PackedWeights::Find(const RowsProduct<Number>& product) const {
  if (type_ != DTypeOf<Number>::value) return nullptr;
  for (size_t i = 0; i < used_; ++i) {
    const Entry& entry = entries_[i];
    if (entry.w->data<float>() == product.b && entry.order == product.order)
      return entry.packed.data<float>();
  }
  return nullptr;
}
template const float* PackedWeights::Find(const RowsProduct<float>&) const;
template const float* PackedWeights::Find(const RowsProduct<BFloat16>&) const;

}  // namespace hourglass::cpu
