#include "app/data_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "app/messages.h"
#include "hourglass/core/text.h"

namespace hourglass::app {

namespace {

// open(options), with the line.
template <class Open>
auto Visibly(const Command& command, DataOptions options, const Open& open) {
  if (command.verbosity() == Verbosity::kQuiet || !IsTerminal(STDERR_FILENO)) return open(options);
  using Clock = std::chrono::steady_clock;
  constexpr auto kQuiet = std::chrono::milliseconds(500);  // what ends sooner needs no line
  constexpr auto kStep = std::chrono::milliseconds(100);
  auto next = Clock::now() + kQuiet;
  bool drawn = false;
  const auto clear = [&] {
    if (std::exchange(drawn, false)) PrintMessage("\r\033[K");
  };
  options.progress = [&](int64_t done, int64_t all) {
    if (Clock::now() < next) return;
    next = Clock::now() + kStep;
    drawn = true;
    PrintMessage(fmt::format("\r\033[Kreading pictures: {} of {}", Grouped(done), Grouped(all)));
  };
  try {
    auto data = open(options);
    clear();
    return data;
  } catch (...) {
    clear();
    throw;
  }
}

}  // namespace

DataSplits OpenDataVisibly(const Command& command, const DataOptions& options) {
  return Visibly(command, options, OpenData);
}

OpenedData OpenPartsVisibly(const Command& command, const DataOptions& options) {
  return Visibly(command, options, OpenParts);
}

}  // namespace hourglass::app
