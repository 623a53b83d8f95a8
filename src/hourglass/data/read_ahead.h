// Reads rows of a mapped file before they are used, in a thread of its own.
#pragma once

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

 private:
  using Clock = std::chrono::steady_clock;

  void Work(const std::stop_token& stop);
  // While the whole file is in memory, there is nothing to do. Looks again from time to time.
  bool IsInMemory();

  std::shared_ptr<const MappedFile> file_;
  const Tensor& rows_;
  Clock::time_point looked_ = {};
  bool in_memory_ = false;
  std::mutex mutex_;  // of the following
  std::condition_variable_any added_;
  std::deque<std::vector<int64_t>> waiting_;
  std::jthread thread_;  // last: ends before the others
};

}  // namespace hourglass
