#include "hourglass/cuda/emulated/emulation.h"

#include <fmt/format.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "hourglass/cuda/language.h"

namespace hourglass::cuda::emulation {
namespace {

constexpr size_t kStackBytes = size_t{64} << 10, kMostSharedBytes = size_t{48} << 10;
constexpr unsigned kMostThreads = 1024, kMostBlocks = 0x7FFFFFFF;

[[noreturn]] void Abort(const std::string& why) {
  fmt::print(stderr, "emulated kernel: {}\n", why);
  std::abort();
}

// For which threads a fiber waits.
enum class Wait { kNone, kForWarp, kForBlock };

struct Fiber {
  ucontext_t context;
  std::unique_ptr<char[]> stack;
  unsigned thread = 0;
  Wait wait = Wait::kNone;
  const void* place = nullptr;  // where it waits
  double offered = 0;           // to other lanes
  bool done = false;
};

// 0 to count - 1 in an order.
std::vector<unsigned> Sequence(unsigned count, Order order, std::minstd_rand& random) {
  std::vector<unsigned> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0u);
  if (order == Order::kReverse) std::ranges::reverse(numbers);
  if (order == Order::kShuffled) std::ranges::shuffle(numbers, random);
  return numbers;
}

// One launch. There is one at a time per host thread.
class Launch {
 public:
  Launch(unsigned blocks, unsigned threads, size_t shared_bytes, Order order,
         const std::function<void()>& body)
      : blocks_(blocks), order_(order), body_(body), shared_(shared_bytes), fibers_(threads) {
    for (Fiber& fiber : fibers_) fiber.stack = std::make_unique_for_overwrite<char[]>(kStackBytes);
  }

  void Run() {
    for (const unsigned block : Sequence(blocks_, order_, random_)) RunBlock(block);
  }

  unsigned blocks() const { return blocks_; }
  unsigned block() const { return block_; }
  unsigned threads() const { return static_cast<unsigned>(fibers_.size()); }
  Fiber& current() { return *current_; }
  Fiber& at(unsigned thread) { return fibers_[thread]; }
  void* shared() { return shared_.data(); }
  // The fiber that runs waits until all others of its warp or block have come to a place.
  void Pause(Wait wait, const void* place);

 private:
  static void Enter();
  void RunBlock(unsigned block);
  void Begin(unsigned thread);
  void Resume(Fiber& fiber);
  std::span<Fiber> Warp(unsigned warp);
  // Runs the threads of a warp, each up to its next barrier of the block or its end.
  void RunWarp(std::span<Fiber> warp);
  // The same for all warps, one after the other; returns false once all threads are done.
  bool RunToBarrier();

  unsigned blocks_, block_ = 0;
  Order order_;
  const std::function<void()>& body_;
  std::vector<unsigned char> shared_;
  std::vector<Fiber> fibers_;
  Fiber* current_ = nullptr;
  std::minstd_rand random_;
  ucontext_t main_;
};

thread_local Launch* launch = nullptr;

void Launch::Enter() {
  launch->body_();
  launch->current_->done = true;
}

void Launch::Begin(unsigned thread) {
  Fiber& fiber = fibers_[thread];
  fiber.thread = thread;
  fiber.wait = Wait::kNone;
  fiber.place = nullptr;
  fiber.done = false;
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = kStackBytes;
  fiber.context.uc_link = &main_;
  makecontext(&fiber.context, &Launch::Enter, 0);
}

void Launch::Resume(Fiber& fiber) {
  current_ = &fiber;
  swapcontext(&main_, &fiber.context);
  current_ = nullptr;
}

void Launch::Pause(Wait wait, const void* place) {
  Fiber& fiber = *current_;
  fiber.wait = wait;
  fiber.place = place;
  swapcontext(&fiber.context, &main_);
}

std::span<Fiber> Launch::Warp(unsigned warp) {
  const size_t begin = size_t{warp} * kWarp;
  return std::span(fibers_).subspan(begin, std::min<size_t>(kWarp, fibers_.size() - begin));
}

// Ends the wait of all of them.
void Release(std::span<Fiber> fibers) {
  for (Fiber& fiber : fibers) fiber.wait = Wait::kNone;
}

bool AtOnePlace(std::span<const Fiber> fibers) {
  return std::ranges::all_of(fibers, [&](const Fiber& fiber) { return fiber.place == fibers.front().place; });
}

void Launch::RunWarp(std::span<Fiber> warp) {
  for (;;) {
    for (const unsigned lane : Sequence(static_cast<unsigned>(warp.size()), order_, random_)) {
      if (!warp[lane].done && warp[lane].wait == Wait::kNone) Resume(warp[lane]);
    }
    const auto waiting = static_cast<size_t>(std::ranges::count(warp, Wait::kForWarp, &Fiber::wait));
    if (waiting == 0) return;
    if (waiting < warp.size() || !AtOnePlace(warp))
      Abort(fmt::format("{} of {} threads of a warp exchange values at a place", waiting, warp.size()));
    Release(warp);
  }
}

bool Launch::RunToBarrier() {
  const unsigned warps = (threads() + kWarp - 1) / kWarp;
  for (const unsigned warp : Sequence(warps, order_, random_)) RunWarp(Warp(warp));
  const auto done = static_cast<size_t>(std::ranges::count(fibers_, true, &Fiber::done));
  if (done == fibers_.size()) return false;
  if (done > 0) Abort(fmt::format("{} threads wait at a barrier, {} have left", fibers_.size() - done, done));
  if (!AtOnePlace(fibers_)) Abort("threads of a block wait at different barriers");
  Release(fibers_);
  return true;
}

void Launch::RunBlock(unsigned block) {
  block_ = block;
  std::ranges::fill(shared_, 0xFF);  // NaN
  for (unsigned i = 0; i < fibers_.size(); ++i) Begin(i);
  while (RunToBarrier()) {
  }
}

void CheckLaunch(unsigned blocks, unsigned threads, size_t shared_bytes) {
  if (threads == 0 || threads > kMostThreads) Abort(fmt::format("{} threads in a block", threads));
  if (blocks == 0 || blocks > kMostBlocks) Abort(fmt::format("{} blocks", blocks));
  if (shared_bytes > kMostSharedBytes) Abort(fmt::format("{} bytes of shared memory", shared_bytes));
}

Launch& Running() {
  if (launch == nullptr) Abort("the host asks what only a kernel knows");
  return *launch;
}

}  // namespace

void Run(unsigned blocks, unsigned threads, size_t shared_bytes, Order order,
         const std::function<void()>& body) {
  CheckLaunch(blocks, threads, shared_bytes);
  Launch one(blocks, threads, shared_bytes, order, body);
  launch = &one;
  one.Run();
  launch = nullptr;
}

unsigned ThreadInBlock() {
  return Running().current().thread;
}
unsigned BlockInGrid() {
  return Running().block();
}
unsigned ThreadsPerBlock() {
  return Running().threads();
}
unsigned BlocksInGrid() {
  return Running().blocks();
}
void* Shared() {
  return Running().shared();
}

void Barrier(const void* place) {
  Running().Pause(Wait::kForBlock, place);
}

double FromLaneBelow(double value, unsigned down, const void* place) {
  Launch& running = Running();
  const unsigned self = running.current().thread;
  running.current().offered = value;
  running.Pause(Wait::kForWarp, place);
  const unsigned other = self + down;
  const bool exists = self % kWarp + down < kWarp && other < running.threads();
  const double taken = exists ? running.at(other).offered : value;
  running.Pause(Wait::kForWarp, place);
  return taken;
}

}  // namespace hourglass::cuda::emulation
