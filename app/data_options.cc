#include "app/data_options.h"

#include <fmt/format.h>

#include "app/checks.h"
#include "app/messages.h"
#include "hourglass/core/error.h"
#include "hourglass/core/text.h"

namespace hourglass::app {

namespace {

Flag AddAxes(const Command& command, AxisOrder& axes) {
  return command
      .AddRead(
          "--axes", [&axes](const std::string& name) { axes = ParseAxisOrder(name); },
          "Axis order of image files")
      .Check(OneOf(AxisOrderNames()))
      .Type("ORDER")
      .ShowDefault("auto");
}

std::vector<Flag> AddFileReading(const Command& command, AxisOrder& axes, std::optional<PixelRange>& range,
                                 std::string& label_column) {
  return {AddAxes(command, axes),
          command.AddRead(
              "--range", [&range](const std::string& text) { range = ParsePixelRange(text); },
              "Numbers that are black and white: -1:1"),
          command.Add("--label-column", label_column, "Label column of tables: name, number, or none")};
}

}  // namespace

SourceFlags AddSource(const Command& command, DataSource& source, const char* help) {
  const Flag data = command.Add("--data", source.name, help);
  command.Add("--data-dir", source.data_dir, "Folder to search for the data first");
  return {data, AddFileReading(command, source.axes, source.range, source.label_column)};
}

void AddSkipBad(const Command& command, bool& skip_bad) {
  command
      .AddRead(
          "--skip-bad", [&skip_bad](const std::string& text) { skip_bad = text == "true"; },
          "Go on without pictures that cannot be read")
      .Check(OneOf({"true", "false"}))
      .Type("BOOL");
}

void AddReading(const Command& command, DataOptions& options) {
  AddFileReading(command, options.axes, options.range, options.label_column);
  PictureForm& form = options.form;
  const auto add = [&](const char* flag, const char* help,
                       const std::function<void(const std::string&)>& read) {
    return command.AddRead(flag, read, help);
  };
  command.Add("--test", options.test, "Data whose images are the test images");
  add("--size", "Size to bring images to: HEIGHTxWIDTH",
      [&form](const std::string& text) { form.size = ParsePictureSize(text); });
  add("--fit", "How images are fitted to the size",
      [&form](const std::string& text) { form.fit = ParseFit(text); })
      .Check(OneOf(FitNames()))
      .ShowDefault("crop");
  add("--channels", "Channels to bring images to",
      [&form](const std::string& text) { form.channels = ParseColourChannels(text); })
      .Check(OneOf(ColourChannelsNames()))
      .ShowDefault("auto");
  add("--background", "Colour behind transparency: white, 0 … 255, #rrggbb",
      [&form](const std::string& text) { form.background = ParseBackground(text); })
      .ShowDefault("white");
  AddSkipBad(command, options.skip_bad);
}

void RefuseFlags(const Command& command, const std::vector<std::string>& flags, const std::string& why) {
  for (const std::string& flag : flags) {
    if (command.Given(flag))
      throw UsageError({.what = fmt::format("{} has no effect here", flag), .hint = why});
  }
}

void PrintNote(const Command& command, const std::string& note) {
  if (note.empty() || command.verbosity() == Verbosity::kQuiet) return;
  PrintMessage(fmt::format("note: {}\n", Visible(note)));
}

void PrintNote(const Command& command, const DataSplits& data) {
  PrintNote(command, data.note);
}

void NoteLabels(const Command& command, const std::string& explanation) {
  if (explanation.empty() || command.verbosity() == Verbosity::kQuiet) return;
  PrintMessage(fmt::format("note: {}; install one that has their letters\n", explanation));
}

}  // namespace hourglass::app
