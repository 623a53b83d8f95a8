// hourglass <verb>: results on stdout, messages on stderr.
#include "app/commands.h"
#include "app/program.h"

int main(int argc, char** argv) {
  using namespace hourglass::app;
  CLI::App app("An autoencoder laboratory: train on images, look inside, measure.", "hourglass");
  ConfigureProgram(app);
#define HOURGLASS_ADD(name) Add##name##Command(app);
  HOURGLASS_COMMANDS(HOURGLASS_ADD)
#undef HOURGLASS_ADD
  return RunProgram(app, argc, argv);
}
