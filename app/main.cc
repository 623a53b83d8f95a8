// hourglass <verb>: results on stdout, messages on stderr.
#include "app/commands.h"
#include "app/program.h"

int main(int argc, char** argv) {
  CLI::App app("An autoencoder laboratory: train on images, look inside, measure.", "hourglass");
  hourglass::app::ConfigureProgram(app);
#include "registered_commands.inc"
  return hourglass::app::RunProgram(app, argc, argv);
}
