#include "hourglass/core/team.h"

#include <fmt/format.h>

#include <chrono>
#include <system_error>

#include "hourglass/core/denormals.h"
#include "hourglass/core/error.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hourglass {
namespace {

void Pause() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

// Returns once `number` is no longer `old`.
void AwaitChange(const std::atomic<uint32_t>& number, uint32_t old) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kSpin = std::chrono::microseconds(20);
  constexpr int kPauses = 16;  // between looks at the clock
  const auto end = Clock::now() + kSpin;
  do {
    for (int i = 0; i < kPauses; ++i) {
      if (number.load(std::memory_order_acquire) != old) return;
      Pause();
    }
  } while (Clock::now() < end);
  number.wait(old, std::memory_order_acquire);
}

void Announce(std::atomic<uint32_t>& number) {
  number.fetch_add(1, std::memory_order_acq_rel);
  number.notify_all();
}

}  // namespace

Team::Team(int threads) {
  try {
    for (int thread = 1; thread < threads; ++thread) workers_.emplace_back([this, thread] { Work(thread); });
  } catch (const std::system_error&) {
    const int given = size();
    Stop();
    throw UsageError({.what = "the system provides fewer threads than requested",
                      .expected = fmt::format("{}", threads),
                      .got = fmt::format("{}", given),
                      .hint = "use fewer"});
  }
}

Team::~Team() {
  Stop();
}

void Team::Stop() {
  work_ = nullptr;
  Announce(run_);
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void Team::RunOnAll(const std::function<void(int)>& work) {
  work_ = &work;
  failed_ = false;
  Announce(run_);
  work(0);
  Meet();
  if (failed_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void Team::Work(int thread) {
  const FlushDenormals flush;
  for (uint32_t run = 0;; ++run) {
    AwaitChange(run_, run);
    if (work_ == nullptr) return;
    (*work_)(thread);
    Meet();
  }
}

void Team::Meet() {
  const uint32_t meeting = meeting_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 < size()) return AwaitChange(meeting_, meeting);
  arrived_.store(0, std::memory_order_relaxed);
  Announce(meeting_);
}

}  // namespace hourglass
