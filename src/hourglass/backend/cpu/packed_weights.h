// The weights of dense layers, packed once for all parts of a batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/backend/cpu/product.h"

namespace hourglass::cpu {

class PackedWeights {
 public:
  // Takes the weights of the next batch, and forgets those of the previous one.
  void Begin(const Backend::Split& split);
  // Packs the share of one of `parts` threads. Once all have called it, all weights are packed.
  void Pack(int part, int parts, Tensor& workspace);
  // What RowsProduct::packed expects; null if the right operand was not announced in this order and type.
  template <class Number>
  const float* Find(const RowsProduct<Number>& product) const;

 private:
  struct Entry {
    const Tensor* w;
    Order order;
    Tensor packed = {};
  };
  struct Block {
    size_t entry;
    int64_t index;
    int64_t end;  // floats of all blocks up to the end of this one
  };

  void Add(const Tensor& w, Order order);
  int64_t FloatsToPack() const { return blocks_.empty() ? 0 : blocks_.back().end; }
  // The first of the blocks that end behind so many floats.
  int64_t BlockBehind(int64_t floats) const;

  DType type_ = DType::kF32;
  std::vector<Entry> entries_;  // only the first used_ belong to this batch
  size_t used_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace hourglass::cpu
