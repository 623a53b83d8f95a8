// hourglass <verb>: results on stdout, messages on stderr.
#include "app/commands.h"
#include "app/program.h"

int main(int argc, char** argv) {
  using namespace hourglass::app;
  CLI::App app("An autoencoder laboratory: train on images, look inside, measure.", "hourglass");
  ConfigureProgram(app);
  AddTrainCommand(app);
  AddSummaryCommand(app);
  AddReconstructCommand(app);
  AddDenoiseCommand(app);
  AddInterpolateCommand(app);
  AddGenerateCommand(app);
  AddRobustnessCommand(app);
  AddNeighboursCommand(app);
  AddEncodeCommand(app);
  AddReportCommand(app);
  AddModelCommand(app);
  AddStudyCommand(app);
  AddSearchCommand(app);
  AddSweepCommand(app);
  AddDataCommand(app);
  AddEnvCommand(app);
  AddCompletionCommand(app);
  return RunProgram(app, argc, argv);
}
