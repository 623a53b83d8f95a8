// The sizes of a tensor's axes: at most four, outermost first. A fifth axis, or one that does not exist, is a
// usage Error.
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
  // Elements per row, if the tensor is seen as a matrix whose rows are the first axis.
  int64_t row_size() const;
  // This shape with `count` in front: from an image to a batch of images.
  Shape Batched(int64_t count) const;

  // This shape with another first axis: the same rows, more or fewer of them.
  Shape WithRows(int64_t rows) const;

  // "[2, 784]"
  std::string ToString() const;
  bool operator==(const Shape& other) const;

 private:
  std::array<int64_t, kMaxRank> sizes_ = {};
  int rank_ = 0;
};

}  // namespace hourglass
