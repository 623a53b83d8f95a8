// hourglass <verb>: results on stdout, messages on stderr.
#include <cstdlib>

#include "app/cli/program.h"
#include "app/commands.h"
#include "hourglass/backend/make_backend.h"

int main(int argc, char** argv) {
  using namespace hourglass::app;
  Program program;
#define HOURGLASS_ADD(name) Add##name##Command(program.root());
  HOURGLASS_COMMANDS(HOURGLASS_ADD)
#undef HOURGLASS_ADD
  return program.Run(argc, argv, [] {
    if (const char* target = std::getenv("HOURGLASS_SIMD")) hourglass::LimitSimd(target);
  });
}
