// Splits work over OpenMP threads. What one of them throws is thrown again on the calling thread.
#pragma once

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <utility>

namespace hourglass::cpu {

// The first exception in a parallel region. None may leave the region by itself: that ends the program.
class FirstError {
 public:
  // Calls work(), unless a thread has failed.
  template <class Work>
  void Guard(const Work& work) {
    if (failed_) return;
    try {
      work();
    } catch (...) {
      if (!failed_.exchange(true)) error_ = std::current_exception();
    }
  }
  // To be called after the region.
  void Rethrow() const {
    if (error_ != nullptr) std::rethrow_exception(error_);
  }

 private:
  std::atomic<bool> failed_ = false;
  std::exception_ptr error_;
};

// Calls work(thread, begin, end) for a split of 0 … count-1 into contiguous pieces of about equal size, one
// per thread, or fewer if they would be smaller than `grain`. Pieces begin at multiples of 16 elements, a
// cache line of floats, when `grain` allows. The split depends only on these numbers, so results combined in
// thread order are reproducible.
template <class Work>
void ParallelFor(int threads, int64_t count, int64_t grain, const Work& work) {
  const auto pieces = static_cast<int>(std::clamp<int64_t>(count / grain, 1, threads));
  const int64_t line = std::min<int64_t>(grain, 16);
  const auto begin = [&](int t) { return t == pieces ? count : count * t / pieces / line * line; };
  const auto piece = [&](int t) { work(t, begin(t), begin(t + 1)); };
  if (pieces == 1) return piece(0);
  FirstError error;
  // Always use the whole team, even if some threads have nothing to do: libgomp ends the threads that a
  // smaller team leaves out.
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (int t = 0; t < pieces; ++t) error.Guard([&] { piece(t); });
  error.Rethrow();
}

// Calls each phase(thread, team) for every thread of a team: of `threads`, or of `most` if that is fewer. A
// phase begins when all threads have ended the one before; after an exception, none does.
template <class... Phases>
void OnTeam(int threads, int64_t most, const Phases&... phases) {
  const auto team = static_cast<int>(std::clamp<int64_t>(most, 1, threads));
  if (team == 1) return (phases(0, 1), ...);
  FirstError error;
#pragma omp parallel num_threads(threads)
  {
    bool started = false;
    const auto run = [&](const auto& phase) {
      if (std::exchange(started, true)) {
#pragma omp barrier
      }
      // A loop, so that no part is left out if OpenMP gives fewer threads, as inside a caller's parallel
      // region.
#pragma omp for schedule(static, 1) nowait
      for (int thread = 0; thread < team; ++thread) error.Guard([&] { phase(thread, team); });
    };
    (run(phases), ...);
  }
  error.Rethrow();
}

}  // namespace hourglass::cpu
