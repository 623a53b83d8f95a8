// hourglass <verb>: results on stdout, messages on stderr.
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "app/cli/program.h"
#include "app/commands.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"

namespace {

// The system sends SIGBUS when the bytes of a mapped file are used that are not there any more.
void OnLostBytes(int /*signal*/) {
  constexpr std::string_view kText =
      "error: a data file became shorter while it was used, or its disk cannot be read\n"
      "  hint: put the file back as it was; a run that was being trained can be resumed\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kText.data(), kText.size());
  ::_exit(static_cast<int>(hourglass::ErrorKind::kData));
}

void ExplainLostBytes() {
  struct sigaction action = {};
  action.sa_handler = OnLostBytes;
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace hourglass::app;
  ExplainLostBytes();
  Program program;
#define HOURGLASS_ADD(name) Add##name##Command(program.root());
  HOURGLASS_COMMANDS(HOURGLASS_ADD)
#undef HOURGLASS_ADD
  return program.Run(argc, argv, [] {
    if (const char* target = std::getenv("HOURGLASS_SIMD")) hourglass::LimitSimd(target);
  });
}
