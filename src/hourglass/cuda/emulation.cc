#include "hourglass/cuda/emulation.h"

#include <fmt/format.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

namespace hourglass::cuda::emulation {
namespace {

constexpr size_t kStackBytes = size_t{64} << 10, kMostSharedBytes = size_t{48} << 10;
constexpr unsigned kWarp = 32, kMostThreads = 1024, kMostBlocks = 0x7FFFFFFF;

[[noreturn]] void Abort(const std::string& why) {
  fmt::print(stderr, "emulated kernel: {}\n", why);
  std::abort();
}

struct Fiber {
  ucontext_t context;
  std::unique_ptr<char[]> stack;
  unsigned thread = 0;
  const void* place = nullptr;  // the barrier at which it waits; null if it may run
  double offered = 0;           // to other lanes
  bool done = false;
};

// One launch. There is one at a time per host thread.
class Launch {
 public:
  Launch(unsigned blocks, unsigned threads, size_t shared_bytes, Order order,
         const std::function<void()>& body)
      : blocks_(blocks), in_order_(order), body_(body), shared_(shared_bytes), fibers_(threads) {
    for (Fiber& fiber : fibers_) fiber.stack = std::make_unique_for_overwrite<char[]>(kStackBytes);
    order_.resize(fibers_.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    if (order == Order::kReverse) std::ranges::reverse(order_);
  }

  void RunBlock(unsigned block);

  unsigned blocks() const { return blocks_; }
  unsigned block() const { return block_; }
  unsigned threads() const { return static_cast<unsigned>(fibers_.size()); }
  Fiber& current() { return *current_; }
  Fiber& at(unsigned thread) { return fibers_[thread]; }
  void* shared() { return shared_.data(); }
  // The fiber that runs waits until all others have come to a barrier.
  void Pause(const void* place);

 private:
  static void Enter();
  void Begin(unsigned thread);
  void Resume(Fiber& fiber);
  // Runs each thread up to its next barrier; returns false once all are done.
  bool RunToBarrier();

  unsigned blocks_, block_ = 0;
  Order in_order_;
  const std::function<void()>& body_;
  std::vector<unsigned char> shared_;
  std::vector<Fiber> fibers_;
  Fiber* current_ = nullptr;
  std::vector<size_t> order_;
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

void Launch::Pause(const void* place) {
  Fiber& fiber = *current_;
  fiber.place = place;
  swapcontext(&fiber.context, &main_);
}

bool Launch::RunToBarrier() {
  if (in_order_ == Order::kShuffled) std::ranges::shuffle(order_, random_);
  for (const size_t i : order_) {
    if (!fibers_[i].done) Resume(fibers_[i]);
  }
  const auto done = static_cast<size_t>(std::ranges::count(fibers_, true, &Fiber::done));
  if (done == fibers_.size()) return false;
  if (done > 0) Abort(fmt::format("{} threads wait at a barrier, {} have left", fibers_.size() - done, done));
  const void* place = fibers_.front().place;
  if (!std::ranges::all_of(fibers_, [&](const Fiber& fiber) { return fiber.place == place; }))
    Abort("threads of a block wait at different barriers");
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
  for (unsigned block = 0; block < blocks; ++block) one.RunBlock(block);
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
  Running().Pause(place);
}

double FromLaneBelow(double value, unsigned down, const void* place) {
  Launch& running = Running();
  const unsigned self = running.current().thread;
  running.current().offered = value;
  running.Pause(place);
  const unsigned other = self + down;
  const bool exists = self % kWarp + down < kWarp && other < running.threads();
  const double taken = exists ? running.at(other).offered : value;
  running.Pause(place);
  return taken;
}

}  // namespace hourglass::cuda::emulation
