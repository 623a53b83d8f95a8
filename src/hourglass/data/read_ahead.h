// Reads rows of a mapped file before they are used, in a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "hourglass/core/mapped_file.h"
#include "hourglass/core/tensor.h"

namespace hourglass {

class ReadAhead {
 public:
  // `rows` is a view of `file`, and must outlive this object.
  ReadAhead(std::shared_ptr<const MappedFile> file, const Tensor& rows);

  // Adds rows to those that are to be read, and returns at once. They must exist.
  void Add(std::span<const int64_t> ids);
  // Begins to read rows that are needed now, all at once. Those that nobody expected would be read one by
  // one.
  void BeginToRead(std::span<const int64_t> ids) const;

 private:
  using Clock = std::chrono::steady_clock;

  void Work(const std::stop_token& stop);
  // While the whole file is in memory, there is nothing to do. Looks again from time to time.
  void LookWhetherInMemory();
  void Read(int64_t id) const;

  std::shared_ptr<const MappedFile> file_;
  const Tensor& rows_;
  Clock::time_point looked_ = {};
  std::atomic<bool> in_memory_ = false;
  std::mutex mutex_;  // of the following
  std::condition_variable_any added_;
  std::deque<std::vector<int64_t>> waiting_;
  std::jthread thread_;  // last: ends before the others
};

}  // namespace hourglass
