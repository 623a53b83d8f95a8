// A contiguous, row-major array (images are NCHW) in the memory of a device. It has no arithmetic; the
// backend computes. Move-only, so that no copy is implicit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "hourglass/core/device.h"
#include "hourglass/core/dtype.h"
#include "hourglass/core/shape.h"

namespace hourglass {

// How rows lie in memory: one after the other, or in groups of kGroupRows: [⌈N / kGroupRows⌉, row size,
// kGroupRows], the last group filled up. Groups are for backends, which compute convolutions of many images
// at once; only they look inside.
enum class RowLayout { kRows, kGroups };
inline constexpr int64_t kGroupRows = 16;

// What the elements of a tensor are and how they lie.
struct Format {
  Format(DType type, RowLayout row_layout = RowLayout::kRows) : dtype(type), layout(row_layout) {}

  DType dtype;
  RowLayout layout;
};

class Tensor {
 public:
  Tensor() = default;
  // An empty tensor for elements on `device`, which must outlive it.
  explicit Tensor(Device& device) : device_(&device) {}
  // On the host; elements are not initialised.
  explicit Tensor(Shape shape, DType dtype = DType::kF32) { Resize(shape, dtype); }
  Tensor(Tensor&& other) noexcept { *this = std::move(other); }
  Tensor& operator=(Tensor&& other) noexcept;

  // A host tensor that does not own its elements: `elements` must outlive it, and it cannot grow.
  template <class T>
  static Tensor View(T* elements, Shape shape) {
    return View(elements, shape, DTypeOf<std::remove_const_t<T>>::value);
  }
  static Tensor View(const void* elements, Shape shape, DType dtype) {
    Tensor view;
    view.data_ = const_cast<void*>(elements);
    view.shape_ = shape;
    view.dtype_ = dtype;
    view.capacity_ = view.byte_size();
    return view;
  }

  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  RowLayout layout() const { return layout_; }
  Format format() const { return {dtype_, layout_}; }
  int64_t size() const { return shape_.size(); }
  int64_t rows() const { return shape_[0]; }
  int64_t row_size() const { return shape_.row_size(); }
  size_t byte_size() const;  // including what fills up the last group
  // True if the tensor owns its elements, false for a view.
  bool owns() const { return owned_ != nullptr; }
  bool empty() const { return data_ == nullptr; }
  Device& device() const { return *device_; }
  bool on_host() const { return device_ == &HostDevice(); }

  // Changes shape, type and layout. Allocates only if more bytes are needed than ever before. Elements become
  // undefined. Throws a usage Error if a size is negative or a view would have to grow.
  void Resize(Shape shape, Format format);
  void Resize(Shape shape) { Resize(shape, dtype_); }  // rows one after the other
  // The same elements under another shape of the same size. Throws a usage Error that shows both shapes if
  // the sizes differ, or if the rows lie in groups.
  void Reshape(Shape shape);
  // A copy of shape, type and elements on `device`. The only transfer between devices.
  Tensor CopyTo(Device& device) const;
  Tensor Clone() const { return CopyTo(*device_); }
  // Rows [begin, begin + count) as a view of this tensor. Throws a usage Error if they do not exist, or lie
  // in groups.
  Tensor Rows(int64_t begin, int64_t count) const;

  // An address on the device; only its backend may dereference it unless on_host().
  void* raw() { return data_; }
  const void* raw() const { return data_; }
  // The elements, for the host. Throws a usage Error unless the tensor is on_host(), has this type, and its
  // rows lie one after the other.
  template <class T>
  T* data() {
    CheckRead(DTypeOf<T>::value);
    return static_cast<T*>(data_);
  }
  template <class T>
  const T* data() const {
    CheckRead(DTypeOf<T>::value);
    return static_cast<const T*>(data_);
  }
  template <class T>
  std::span<T> span() {
    return {data<T>(), static_cast<size_t>(size())};
  }
  template <class T>
  std::span<const T> span() const {
    return {data<T>(), static_cast<size_t>(size())};
  }

 private:
  void CheckRead(DType dtype) const {
    if (dtype != dtype_ || layout_ != RowLayout::kRows || !on_host()) [[unlikely]]
      RefuseRead(dtype);
  }
  [[noreturn]] void RefuseRead(DType dtype) const;
  void RequireRows() const;

  struct Free {
    Device* device;
    void operator()(void* memory) const { device->Free(memory); }
  };
  using Owned = std::unique_ptr<void, Free>;

  Device* device_ = &HostDevice();
  void* data_ = nullptr;
  Owned owned_;          // data_ if the tensor owns its elements; 64-byte aligned
  size_t capacity_ = 0;  // bytes
  Shape shape_ = {0};
  DType dtype_ = DType::kF32;
  RowLayout layout_ = RowLayout::kRows;
};

// "f32 [2, 784]", or "f32 [2, 8, 14, 14] in groups of 16 rows"
std::string Describe(const Tensor& tensor);

// f32 [size], all 0.
Tensor Zeros(int64_t size, Device& device);

// The elements on `device`: a view of `tensor` if they are there, else a copy. Its rows must not lie in
// groups.
Tensor OnDevice(const Tensor& tensor, Device& device);
inline Tensor OnHost(const Tensor& tensor) {
  return OnDevice(tensor, HostDevice());
}

// A copy of rows `ids` of `source`, in that order. Throws a usage Error if a row does not exist.
Tensor GatherRows(const Tensor& source, std::span<const int64_t> ids);

}  // namespace hourglass
