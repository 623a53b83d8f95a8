#include "hourglass/core/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "hourglass/core/check.h"

namespace hourglass {

Shape::Shape(std::initializer_list<int64_t> sizes)
    : Shape(std::span<const int64_t>(sizes.begin(), sizes.size())) {}

Shape::Shape(std::span<const int64_t> sizes) : rank_(static_cast<int>(sizes.size())) {
  HOURGLASS_CHECK(sizes.size() <= kMaxRank);
  std::copy(sizes.begin(), sizes.end(), sizes_.begin());
}

int64_t Shape::operator[](int axis) const {
  HOURGLASS_CHECK(axis >= 0 && axis < rank_);
  return sizes_[static_cast<size_t>(axis)];
}

int64_t Shape::size() const {
  int64_t product = 1;
  for (int64_t size : sizes()) product *= size;
  return product;
}

int64_t Shape::row_size() const {
  int64_t product = 1;
  for (int axis = 1; axis < rank_; ++axis) product *= sizes_[static_cast<size_t>(axis)];
  return product;
}

Shape Shape::Batched(int64_t count) const {
  HOURGLASS_CHECK(rank_ < kMaxRank);
  Shape batched;
  batched.rank_ = rank_ + 1;
  batched.sizes_[0] = count;
  std::copy_n(sizes_.begin(), rank_, batched.sizes_.begin() + 1);
  return batched;
}

Shape Shape::WithRows(int64_t rows) const {
  HOURGLASS_CHECK(rank_ > 0);
  Shape shape = *this;
  shape.sizes_[0] = rows;
  return shape;
}

std::string Shape::ToString() const {
  return fmt::format("[{}]", fmt::join(sizes(), ", "));
}

bool Shape::operator==(const Shape& other) const {
  return std::ranges::equal(sizes(), other.sizes());
}

}  // namespace hourglass
