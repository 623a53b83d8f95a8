// Vectors that may be larger than memory. One that would take more than an eighth of the available memory
// lies in a temporary file, whose pages the system writes to disk when memory is short.
#pragma once

#include <cstddef>
#include <new>
#include <utility>
#include <vector>

namespace hourglass {

// How many of `bytes` a LargeVector would keep in memory if it were made now: all or none. All if there is no
// room for the file, in $TMPDIR or else /var/tmp, or if that lies in memory itself.
size_t BytesInMemory(size_t bytes);

// The memory of LargeVectors, at multiples of 64. Throws a system Error if the file cannot be made.
void* AllocateLarge(size_t bytes);
void FreeLarge(void* memory);
// Of a part of such memory; without effect if it is no file.
void BeginToReadLarge(const void* memory, size_t begin, size_t bytes);
void LetGoOfLarge(const void* memory, size_t begin, size_t bytes);

template <class T>
struct LargeAllocator {
  using value_type = T;

  LargeAllocator() = default;
  template <class U>
  LargeAllocator(const LargeAllocator<U>&) {}

  T* allocate(size_t count) { return static_cast<T*>(AllocateLarge(count * sizeof(T))); }
  void deallocate(T* memory, size_t) { FreeLarge(memory); }

  // Numbers without a given value are not set to 0, which would write all of a file before it is used.
  template <class U>
  void construct(U* place) {
    ::new (static_cast<void*>(place)) U;
  }
  template <class U, class... Values>
  void construct(U* place, Values&&... values) {
    ::new (static_cast<void*>(place)) U(std::forward<Values>(values)...);
  }

  friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }
};

// LargeVector<T>(size) has unspecified values.
template <class T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

// Says that `count` elements from `begin` on will be used soon. Does not wait until they are in memory.
template <class T>
void BeginToRead(const LargeVector<T>& vector, size_t begin, size_t count) {
  BeginToReadLarge(vector.data(), begin * sizeof(T), count * sizeof(T));
}

// Says that these elements will not be used soon. Writes those that have changed, so that their memory is
// free.
template <class T>
void LetGo(const LargeVector<T>& vector, size_t begin, size_t count) {
  LetGoOfLarge(vector.data(), begin * sizeof(T), count * sizeof(T));
}

}  // namespace hourglass
