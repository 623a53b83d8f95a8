// Work for a device that waits to be sent there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>
#include <vector>

namespace hourglass::cuda {

class NativeStream;

// Calls of the form call(NativeStream&), in order, each with everything that it needs by value.
class WorkList {
 public:
  template <class Call>
  void Add(Call call) {
    static_assert(std::is_trivially_copyable_v<Call>, "kept and compared by its bytes");
    static_assert(alignof(Call) <= kAlignment);
#if __has_builtin(__builtin_clear_padding)
    __builtin_clear_padding(&call);
#endif
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof(Header) + RoundUp(sizeof(Call)));
    const Header header = {.run = &RunCall<Call>, .size = RoundUp(sizeof(Call))};
    std::memcpy(bytes_.data() + at, &header, sizeof header);
    std::memcpy(bytes_.data() + at + sizeof header, &call, sizeof call);
    ++count_;
  }

  void Run(NativeStream& stream) const {
    for (size_t at = 0; at < bytes_.size();) {
      Header header;
      std::memcpy(&header, bytes_.data() + at, sizeof header);
      header.run(bytes_.data() + at + sizeof header, stream);
      at += sizeof header + header.size;
    }
  }

  int64_t count() const {
    return count_;
  }
  void Clear() {
    bytes_.clear();
    count_ = 0;
  }
  // The same calls with the same values. With compilers that cannot clear what fills up structures, this
  // counts as well: equal lists may then be taken to differ, which costs time but changes no result.
  bool operator==(const WorkList& other) const = default;

 private:
  static constexpr size_t kAlignment = 16;
  struct alignas(kAlignment) Header {
    void (*run)(const std::byte* call, NativeStream& stream);
    size_t size;
  };

  static constexpr size_t RoundUp(size_t size) {
    return (size + kAlignment - 1) / kAlignment * kAlignment;
  }
  template <class Call>
  static void RunCall(const std::byte* bytes, NativeStream& stream) {
    (*std::launder(reinterpret_cast<const Call*>(bytes)))(stream);
  }

  std::vector<std::byte> bytes_;  // aligned to 16, as all of new is
  int64_t count_ = 0;
};

}  // namespace hourglass::cuda
