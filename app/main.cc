// hourglass <verb>: results on stdout, messages on stderr.
#include "app/cli/program.h"
#include "app/commands.h"

int main(int argc, char** argv) {
  using namespace hourglass::app;
  Program program;
#define HOURGLASS_ADD(name) Add##name##Command(program.root());
  HOURGLASS_COMMANDS(HOURGLASS_ADD)
#undef HOURGLASS_ADD
  return program.Run(argc, argv);
}
