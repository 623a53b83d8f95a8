// Shared by the commands that open data by name or path.
#pragma once

#include <string>
#include <vector>

#include "app/cli/command.h"
#include "hourglass/analysis/trained_model.h"
#include "hourglass/data/axis_order.h"
#include "hourglass/data/dataset.h"
#include "hourglass/data/open_data.h"

namespace hourglass::app {

// Of an argument that names data.
inline constexpr char kDataHelp[] = "Name (see `data list`) or path of data";

struct SourceFlags {
  Flag data;
  std::vector<Flag> reading;  // how its files of numbers are read: --axes, --range, --label-column
};
// Adds these, and --data-dir. `help` is that of --data.
SourceFlags AddSource(const Command& command, DataSource& source, const char* help);
// Adds --skip-bad.
void AddSkipBad(const Command& command, bool& skip_bad);

// How images are read: --axes, --test, --range, --label-column, --size, --fit, --channels, --background,
// --skip-bad.
void AddReading(const Command& command, DataOptions& options);

// Throws a usage Error that names the first of `flags` that was given, and says why it has no effect.
void RefuseFlags(const Command& command, const std::vector<std::string>& flags, const std::string& why);

// Prints guesses about the data to stderr, unless -q silences `command`.
void PrintNote(const Command& command, const std::string& note);
void PrintNote(const Command& command, const DataSplits& data);
// Prints an explanation of class labels in a picture (report/class_labels.h) to stderr, if there is one.
void NoteLabels(const Command& command, const std::string& explanation);

}  // namespace hourglass::app
