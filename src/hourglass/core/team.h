// Threads that compute together, those of a backend for example. They meet several times in a training step,
// within fractions of a millisecond. So a waiting thread spins for about as long as the system takes to wake
// one, and then sleeps: on a quiet machine it never sleeps, and on a busy one it soon leaves its core to a
// thread that has work.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace hourglass {

class Team {
 public:
  // The calling thread is one of `threads`. In the others, denormal numbers count as zero. Throws a usage
  // Error if the system does not provide that many.
  explicit Team(int threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls each phase(thread, team) for every thread of a team: of all threads, or of `most` if that is fewer.
  // A phase begins when all threads have ended the one before. After an exception, none does, and the first
  // exception is thrown again here.
  template <class... Phases>
  void Run(int64_t most, const Phases&... phases) {
    const auto team = static_cast<int>(std::clamp<int64_t>(most, 1, size()));
    if (team == 1) return (phases(0, 1), ...);
    RunOnAll([&](int thread) {
      bool started = false;
      const auto run = [&](const auto& phase) {
        if (std::exchange(started, true)) Meet();
        if (thread < team) Guard([&] { phase(thread, team); });
      };
      (run(phases), ...);
    });
  }

  // Calls work(thread, begin, end) for a split of 0 … count-1 into contiguous pieces of about equal size, one
  // per thread, or fewer if they would be smaller than `grain`. Pieces begin at multiples of 16 elements, a
  // cache line of floats, when `grain` allows. The split depends only on these numbers, so results combined
  // in thread order are reproducible.
  template <class Work>
  void For(int64_t count, int64_t grain, const Work& work) {
    const int64_t line = std::min<int64_t>(grain, 16);
    Run(count / grain, [&](int thread, int team) {
      const auto begin = [&](int t) { return t == team ? count : count * t / team / line * line; };
      work(thread, begin(thread), begin(thread + 1));
    });
  }

 private:
  void RunOnAll(const std::function<void(int)>& work);
  void Work(int thread);
  void Meet();  // waits until all threads have called it
  void Stop();

  // Calls work(), unless a thread has failed in this run.
  template <class Call>
  void Guard(const Call& call) {
    if (failed_) return;
    try {
      call();
    } catch (...) {
      if (!failed_.exchange(true)) error_ = std::current_exception();
    }
  }

  std::vector<std::thread> workers_;
  const std::function<void(int)>* work_ = nullptr;  // of this run; null: end
  std::atomic<uint32_t> run_ = 0, meeting_ = 0;     // how many have begun, and how many have ended
  std::atomic<int> arrived_ = 0;                    // threads at the next meeting
  std::atomic<bool> failed_ = false;
  std::exception_ptr error_;
};

}  // namespace hourglass
