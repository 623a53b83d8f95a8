// hourglass data pack: writes a data set as one file that training maps instead of reading it.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <memory>

#include "app/commands.h"
#include "app/data_options.h"
#include "app/data_progress.h"
#include "app/messages.h"
#include "hourglass/core/file.h"
#include "hourglass/core/json.h"
#include "hourglass/core/text.h"
#include "hourglass/data/formats/packed_writer.h"

namespace hourglass::app {
namespace {

struct DataPackFlags {
  DataOptions data;
  std::string out;
  bool json = false;
};

void Pack(const Command& command, DataPackFlags flags) {
  const std::filesystem::path folder = std::filesystem::path(flags.out).parent_path();
  if (!folder.empty()) CreateDirectories(folder);  // a wrong path shows before the images are read
  PackedWriter writer(flags.out);
  flags.data.rooms = &writer;
  const OpenedData data = OpenPartsVisibly(command, flags.data);
  PrintNote(command, data.note);
  writer.Finish(data);
  Json json = {{"schema_version", 1},
               {"file", flags.out},
               {"bytes", std::filesystem::file_size(flags.out)},
               {"train", data.train->size()}};
  if (data.test != nullptr) json[data.test_name] = data.test->size();
  if (flags.json) {
    std::cout << IndentedText(json) << "\n";
    return;
  }
  std::cout << fmt::format("train  {}\n", Counted(data.train->size(), "image", "images"));
  if (data.test != nullptr)
    std::cout << fmt::format("{:<6} {}\n", data.test_name, Counted(data.test->size(), "image", "images"));
  std::cout << flags.out << "\n";
}

}  // namespace

void AddDataPackCommand(const Command& data) {
  auto options = std::make_shared<DataPackFlags>();
  const Command command = data.AddCommand(
      "pack", "Write a data set as one file",
      "hourglass data pack photos/ --size 64x64 -o photos.hgd\n"
      "hourglass train --data photos.hgd                 without decoding the pictures again");
  command.Add("data", options->data.name, kDataHelp).Required();
  AddReading(command, options->data);
  command.Add("--data-dir", options->data.data_dir, "Folder to search for the data first");
  command.Add("-o,--out", options->out, "File to write: NAME.hgd").Required();
  command.AddSwitch("--json", options->json, "Print JSON");
  command.OnRun([command, options] { Pack(command, *options); });
}

}  // namespace hourglass::app
