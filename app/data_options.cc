#include "app/data_options.h"

#include <fmt/format.h>

#include "app/checks.h"
#include "app/messages.h"
#include "hourglass/core/error.h"

namespace hourglass::app {

void AddAxes(const Command& command, AxisOrder& axes) {
  command
      .AddRead(
          "--axes", [&axes](const std::string& name) { axes = ParseAxisOrder(name); },
          "Axis order of image files")
      .Check(OneOf(AxisOrderNames()))
      .Type("ORDER")
      .ShowDefault("auto");
}

void AddReading(const Command& command, DataOptions& options) {
  AddAxes(command, options.axes);
  PictureForm& form = options.form;
  const auto add = [&](const char* flag, const char* help,
                       const std::function<void(const std::string&)>& read) {
    return command.AddRead(flag, read, help);
  };
  command.Add("--test", options.test, "Data whose images are the test images");
  add("--range", "Numbers that are black and white: -1:1",
      [&options](const std::string& text) { options.range = ParsePixelRange(text); });
  command.Add("--label-column", options.label_column, "Label column of tables: name, number, or none");
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
  add("--skip-bad", "Go on without pictures that cannot be read",
      [&options](const std::string& text) { options.skip_bad = text == "true"; })
      .Check(OneOf({"true", "false"}))
      .Type("BOOL");
}

void RefuseFlags(const Command& command, const std::vector<std::string>& flags, const std::string& why) {
  for (const std::string& flag : flags) {
    if (command.Given(flag))
      throw UsageError({.what = fmt::format("{} has no effect here", flag), .hint = why});
  }
}

void PrintNote(const Command& command, const DataSplits& data) {
  if (data.note.empty() || command.verbosity() == Verbosity::kQuiet) return;
  PrintMessage(fmt::format("note: {}\n", data.note));
}

}  // namespace hourglass::app
