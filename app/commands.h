// The subcommands. Each function adds one to the program; its callback parses, calls the library and prints.
// A callback throws hourglass::Error on any failure; main() prints it and chooses the exit code.
#pragma once

#include <CLI/CLI.hpp>

namespace hourglass::app {

void AddTrainCommand(CLI::App& app);
void AddSummaryCommand(CLI::App& app);
void AddReconstructCommand(CLI::App& app);
void AddDenoiseCommand(CLI::App& app);
void AddInterpolateCommand(CLI::App& app);
void AddGenerateCommand(CLI::App& app);
void AddRobustnessCommand(CLI::App& app);
void AddNeighboursCommand(CLI::App& app);
void AddEncodeCommand(CLI::App& app);
void AddReportCommand(CLI::App& app);
void AddModelCommand(CLI::App& app);
void AddStudyCommand(CLI::App& app);
void AddSearchCommand(CLI::App& app);
void AddSweepCommand(CLI::App& app);
void AddDataCommand(CLI::App& app);
void AddDataFetchCommand(CLI::App& data);  // `data`: the command added by AddDataCommand
void AddEnvCommand(CLI::App& app);
void AddCompletionCommand(CLI::App& app);  // also man; for all commands added before

}  // namespace hourglass::app
