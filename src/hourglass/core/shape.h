// The sizes of a tensor's axes: at most four, outermost first. Throws a usage Error for a fifth axis or an
// axis that does not exist.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace hourglass {

class Shape {
 public:
  static constexpr int kMaxRank = 4;

  Shape() = default;
  Shape(std::initializer_list<int64_t> sizes);
  explicit Shape(std::span<const int64_t> sizes);

  int rank() const { return rank_; }
  int64_t operator[](int axis) const;
  std::span<const int64_t> sizes() const { return {sizes_.data(), static_cast<size_t>(rank_)}; }

  // The number of elements; 1 for rank 0.
  int64_t size() const;
  // Elements per row, with the first axis as the rows of a matrix.
  int64_t row_size() const;
  // This shape with `count` as an additional first size: turns an image into a batch.
  Shape Batched(int64_t count) const;

  // This shape with `rows` as its first size.
  Shape WithRows(int64_t rows) const;

  // "[2, 784]"
  std::string ToString() const;
  bool operator==(const Shape& other) const;

 private:
  std::array<int64_t, kMaxRank> sizes_ = {};
  int rank_ = 0;
};

}  // namespace hourglass
