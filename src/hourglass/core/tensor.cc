#include "hourglass/core/tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "hourglass/core/check.h"
#include "hourglass/core/error.h"
#include "hourglass/core/require.h"

namespace hourglass {

size_t ByteSize(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return 4;
    case DType::kBF16:
      return 2;
    case DType::kU8:
      return 1;
    case DType::kF64:
      return 8;
    case DType::kI32:
      return 4;
  }
  HOURGLASS_CHECK(false);
  return 0;
}

std::string_view Name(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return "f32";
    case DType::kBF16:
      return "bf16";
    case DType::kU8:
      return "u8";
    case DType::kF64:
      return "f64";
    case DType::kI32:
      return "i32";
  }
  HOURGLASS_CHECK(false);
  return "";
}

std::string Describe(const Tensor& tensor) {
  const bool groups = tensor.layout() == RowLayout::kGroups;
  return fmt::format("{} {}{}", Name(tensor.dtype()), tensor.shape().ToString(),
                     groups ? fmt::format(" in groups of {} rows", kGroupRows) : "");
}

namespace {

size_t BytesOf(const Shape& shape, Format format) {
  int64_t elements = shape.size();
  if (format.layout == RowLayout::kGroups)
    elements = (shape[0] + kGroupRows - 1) / kGroupRows * kGroupRows * shape.row_size();
  return static_cast<size_t>(elements) * ByteSize(format.dtype);
}

}  // namespace

size_t Tensor::byte_size() const {
  return BytesOf(shape_, format());
}

Tensor& Tensor::operator=(Tensor&& other) noexcept {
  data_ = std::exchange(other.data_, nullptr);
  owned_ = std::move(other.owned_);
  device_ = other.device_;
  capacity_ = std::exchange(other.capacity_, 0);
  shape_ = std::exchange(other.shape_, Shape{0});
  dtype_ = other.dtype_;
  layout_ = other.layout_;
  return *this;
}

void Tensor::Resize(Shape shape, Format format) {
  for (int64_t size : shape.sizes()) RequireAtLeast("size of an axis", size, 0);
  const size_t bytes = BytesOf(shape, format);
  if (bytes > capacity_) {
    if (data_ != nullptr && owned_ == nullptr) {
      throw UsageError({.what = "a view of another tensor cannot grow",
                        .expected = fmt::format("at most {} bytes", capacity_),
                        .got = fmt::format("{} {}", Name(format.dtype), shape.ToString())});
    }
    owned_ = nullptr;  // free the old elements first: there may not be room for both
    data_ = nullptr;
    shape_ = {0};
    capacity_ = 0;
    owned_ = Owned(device_->Allocate(bytes), Free{device_});
    data_ = owned_.get();
    capacity_ = bytes;
  }
  shape_ = shape;
  dtype_ = format.dtype;
  layout_ = format.layout;
}

void Tensor::RequireRows() const {
  if (layout_ == RowLayout::kRows) return;
  throw UsageError({.what = "only a backend can read rows in groups",
                    .expected = "rows that lie one after the other",
                    .got = Describe(*this)});
}

void Tensor::Reshape(Shape shape) {
  RequireRows();
  if (shape.size() != size()) {
    throw UsageError({.what = "a reshape cannot change the number of elements",
                      .expected = fmt::format("{} elements, as {}", size(), shape_.ToString()),
                      .got = fmt::format("{} elements, as {}", shape.size(), shape.ToString())});
  }
  shape_ = shape;
}

void Tensor::RefuseRead(DType dtype) const {
  RequireRows();
  throw UsageError({.what = "the tensor has another type or is on another device",
                    .expected = fmt::format("{} on {}", Name(dtype), HostDevice().name()),
                    .got = fmt::format("{} on {}", Describe(*this), device_->name())});
}

Tensor Tensor::CopyTo(Device& device) const {
  Tensor copy(device);
  copy.Resize(shape_, format());
  if (byte_size() == 0) return copy;
  if (on_host()) {
    device.CopyFromHost(copy.data_, data_, byte_size());
  } else if (copy.on_host()) {
    device_->CopyToHost(copy.data_, data_, byte_size());
  } else {
    return CopyTo(HostDevice()).CopyTo(device);
  }
  return copy;
}

Tensor Tensor::Rows(int64_t begin, int64_t count) const {
  RequireRows();
  RequireBetween("first row", begin, 0, rows());
  RequireBetween("number of rows", count, 0, rows() - begin);
  Tensor view;
  const size_t row_bytes = static_cast<size_t>(row_size()) * ByteSize(dtype_);
  view.device_ = device_;
  view.data_ = static_cast<std::byte*>(data_) + static_cast<size_t>(begin) * row_bytes;
  view.shape_ = shape_.WithRows(count);
  view.dtype_ = dtype_;
  view.capacity_ = view.byte_size();
  return view;
}

Tensor Zeros(int64_t size, Device& device) {
  Tensor zeros({size});
  std::ranges::fill(zeros.span<float>(), 0.0f);
  return &device == &HostDevice() ? std::move(zeros) : zeros.CopyTo(device);
}

Tensor OnDevice(const Tensor& tensor, Device& device) {
  return &tensor.device() == &device ? tensor.Rows(0, tensor.rows()) : tensor.CopyTo(device);
}

Tensor GatherRows(const Tensor& source, std::span<const int64_t> ids) {
  Tensor rows(source.shape().WithRows(static_cast<int64_t>(ids.size())), source.dtype());
  const size_t row_bytes = static_cast<size_t>(source.row_size()) * ByteSize(source.dtype());
  auto* out = static_cast<std::byte*>(rows.raw());
  for (int64_t id : ids) {
    RequireBetween("row", id, 0, source.rows() - 1);
    std::memcpy(out, source.Rows(id, 1).raw(), row_bytes);
    out += row_bytes;
  }
  return rows;
}

}  // namespace hourglass
