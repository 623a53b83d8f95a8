#include "hourglass/data/read_ahead.h"

#include <algorithm>
#include <utility>

namespace hourglass {

ReadAhead::ReadAhead(std::shared_ptr<const MappedFile> file, const Tensor& rows)
    : file_(std::move(file)), rows_(rows), thread_([this](const std::stop_token& stop) { Work(stop); }) {
  file_->ReadAlone(rows_.span<uint8_t>());
}

void ReadAhead::Add(std::span<const int64_t> ids) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.emplace_back(ids.begin(), ids.end());
  }
  added_.notify_one();
}

void ReadAhead::Work(const std::stop_token& stop) {
  while (true) {
    std::vector<int64_t> ids;
    {
      std::unique_lock lock(mutex_);
      if (!added_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
      ids = std::move(waiting_.front());
      waiting_.pop_front();
    }
    LookWhetherInMemory();
    if (in_memory_) continue;
    for (const int64_t id : ids) {
      if (stop.stop_requested()) return;
      Read(id);
    }
  }
}

void ReadAhead::BeginToRead(std::span<const int64_t> ids) const {
  if (!in_memory_) std::ranges::for_each(ids, [this](int64_t id) { Read(id); });
}

void ReadAhead::Read(int64_t id) const {
  const auto bytes = static_cast<size_t>(rows_.row_size());
  file_->ReadAhead({rows_.data<uint8_t>() + id * rows_.row_size(), bytes});
}

void ReadAhead::LookWhetherInMemory() {
  constexpr std::chrono::seconds kEvery{1};  // looking takes some milliseconds per gigabyte
  if (const auto now = Clock::now(); now - looked_ > kEvery) {
    looked_ = now;
    in_memory_ = file_->InMemory() == 1;
  }
}

}  // namespace hourglass
