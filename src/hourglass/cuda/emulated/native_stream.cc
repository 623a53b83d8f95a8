#include "hourglass/cuda/emulated/native_stream.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "hourglass/core/check.h"
#include "hourglass/core/error.h"
#include "hourglass/cuda/no_memory.h"

namespace hourglass::cuda {
namespace {

constexpr unsigned char kUntouched = 0xFF;  // NaN

size_t PageBytes() {
  return static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

void SetAccess(void* begin, size_t bytes, int access) {
  if (mprotect(begin, bytes, access) != 0)
    throw std::system_error(errno, std::generic_category(), "mprotect");
}

bool Untouched(const unsigned char* begin, const unsigned char* end) {
  return std::all_of(begin, end, [](unsigned char byte) { return byte == kUntouched; });
}

}  // namespace

NativeStream::~NativeStream() {
  for (const auto& [memory, pages] : memory_) {
    munmap(pages.begin, pages.bytes + PageBytes());
    if (!pages.freed) device_->used_bytes -= pages.bytes;
  }
}

// False if the device has too little memory left.
bool NativeStream::Reserve(size_t bytes) {
  size_t used = device_->used_bytes;
  do {
    if (bytes > device_->memory_bytes - used) return false;
  } while (!device_->used_bytes.compare_exchange_weak(used, used + bytes));
  return true;
}

void* NativeStream::TryToAllocate(size_t bytes) {
  const size_t page = PageBytes(), whole = (bytes + page - 1) / page * page;
  if (!Reserve(whole)) return nullptr;
  void* mapped = mmap(nullptr, whole + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) {
    device_->used_bytes -= whole;
    return nullptr;
  }
  auto* begin = static_cast<unsigned char*>(mapped);
  void* memory = begin + whole - bytes;
  memory_[memory] = {.begin = begin, .bytes = whole};
  return memory;
}

void* NativeStream::Allocate(size_t bytes) {
  void* memory = TryToAllocate(bytes);
  if (memory == nullptr)
    throw NoMemory("the emulated GPU", bytes, device_->memory_bytes - device_->used_bytes.load());
  return memory;
}

void NativeStream::Free(void* memory) noexcept {
  Pages& pages = memory_.at(memory);
  pages.freed = true;
  device_->used_bytes -= pages.bytes;
  Enqueue([this, memory] {
    const auto found = memory_.find(memory);
    munmap(found->second.begin, found->second.bytes + PageBytes());
    memory_.erase(found);
  });
}

void NativeStream::BeginUse(void* memory, size_t bytes) {
  Enqueue([this, memory, bytes] {
    Pages& pages = memory_.at(memory);
    pages.used = bytes;
    std::memset(pages.begin, kUntouched, pages.bytes);
  });
}

void NativeStream::EndUse(void* memory) {
  Enqueue([this, memory] {
    const Pages& pages = memory_.at(memory);
    const auto* begin = static_cast<const unsigned char*>(memory);
    HOURGLASS_CHECK(Untouched(pages.begin, begin));
    HOURGLASS_CHECK(Untouched(begin + pages.used, pages.begin + pages.bytes));
  });
}

void NativeStream::CopyFromHost(void* to, const void* from, size_t bytes) {
  const auto* first = static_cast<const char*>(from);
  Enqueue([to, copy = std::vector<char>(first, first + bytes)] {
    if (!copy.empty()) std::memcpy(to, copy.data(), copy.size());
  });
}

void NativeStream::CopyToHost(void* to, const void* from, size_t bytes) {
  CopyOnDevice(to, from, bytes);
  Wait();
}

void NativeStream::CopyOnDevice(void* to, const void* from, size_t bytes) {
  Enqueue([=] {
    if (bytes > 0) std::memcpy(to, from, bytes);
  });
}

void NativeStream::Wait() {
  if (device_->waits_left-- <= 0)
    throw SystemError({.what = "work on the GPU failed", .got = "the emulated GPU is lost"});
  Protect(false);
  const std::vector<std::function<void()>> work = std::exchange(queue_, {});
  for (const std::function<void()>& one : work) one();
  Protect(true);
}

void NativeStream::Protect(bool protect) {
  for (const auto& [memory, pages] : memory_)
    SetAccess(pages.begin, pages.bytes, protect ? PROT_NONE : PROT_READ | PROT_WRITE);
}

}  // namespace hourglass::cuda
