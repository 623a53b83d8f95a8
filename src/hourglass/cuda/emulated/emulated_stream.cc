#include "hourglass/cuda/emulated/emulated_stream.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <new>
#include <system_error>

namespace hourglass::cuda {
namespace {

constexpr size_t kAlignment = 64;

size_t RoundUp(size_t bytes, size_t to) {
  return (bytes + to - 1) / to * to;
}

void SetAccess(void* begin, size_t bytes, int access) {
  if (mprotect(begin, bytes, access) != 0)
    throw std::system_error(errno, std::generic_category(), "mprotect");
}

}  // namespace

Stream::~Stream() {
  for (const auto& [memory, pages] : memory_)
    munmap(pages.begin, pages.bytes + static_cast<size_t>(sysconf(_SC_PAGESIZE)));
}

void* Stream::Allocate(size_t bytes) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t used = RoundUp(std::max<size_t>(bytes, 1), kAlignment), whole = RoundUp(used, page);
  void* begin = mmap(nullptr, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (begin == MAP_FAILED) throw std::bad_alloc();
  std::memset(begin, 0xFF, whole);  // NaN
  SetAccess(begin, whole + page, PROT_NONE);
  void* memory = static_cast<char*>(begin) + whole - used;
  memory_[memory] = {begin, whole};
  return memory;
}

void Stream::Free(void* memory) {
  if (memory == nullptr) return;
  queue_.push_back([this, memory] {
    const auto found = memory_.find(memory);
    munmap(found->second.begin, found->second.bytes + static_cast<size_t>(sysconf(_SC_PAGESIZE)));
    memory_.erase(found);
  });
}

void Stream::CopyFromHost(void* to, const void* from, size_t bytes) {
  const auto* first = static_cast<const char*>(from);
  queue_.push_back([to, copy = std::vector<char>(first, first + bytes)] {
    if (!copy.empty()) std::memcpy(to, copy.data(), copy.size());
  });
}

void Stream::CopyToHost(void* to, const void* from, size_t bytes) {
  queue_.push_back([=] {
    if (bytes > 0) std::memcpy(to, from, bytes);
  });
  Wait();
}

void Stream::Wait() {
  Protect(false);
  for (const std::function<void()>& work : queue_) work();
  queue_.clear();
  Protect(true);
}

void Stream::Protect(bool protect) {
  for (const auto& [memory, pages] : memory_)
    SetAccess(pages.begin, pages.bytes, protect ? PROT_NONE : PROT_READ | PROT_WRITE);
}

}  // namespace hourglass::cuda
