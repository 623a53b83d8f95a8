#include "hourglass/core/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "hourglass/core/require.h"

namespace hourglass {

Shape::Shape(std::initializer_list<int64_t> sizes)
    : Shape(std::span<const int64_t>(sizes.begin(), sizes.size())) {}

Shape::Shape(std::span<const int64_t> sizes) : rank_(static_cast<int>(sizes.size())) {
  RequireBetween("number of axes", std::ssize(sizes), 0, kMaxRank);
  std::copy(sizes.begin(), sizes.end(), sizes_.begin());
}

int64_t Shape::operator[](int axis) const {
  RequireBetween("axis", axis, 0, rank_ - 1);
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
  RequireBetween("number of axes", rank_ + 1, 1, kMaxRank);
  Shape batched;
  batched.rank_ = rank_ + 1;
  batched.sizes_[0] = count;
  std::copy_n(sizes_.begin(), rank_, batched.sizes_.begin() + 1);
  return batched;
}

Shape Shape::WithRows(int64_t rows) const {
  RequireAtLeast("number of axes", rank_, 1);
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
