// hourglass encode: writes the codes and labels of all images as npy files.
#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "app/checks.h"
#include "app/commands.h"
#include "app/data_options.h"
#include "app/picture_options.h"
#include "hourglass/analysis/codes.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/data/formats/npy.h"

namespace hourglass::app {
namespace {

struct EncodeFlags : PictureOptions {
  int64_t samples = 0;
  uint64_t seed = 0;
};

struct Part {
  std::string name;
  const Dataset* images;
};

// Writes <name>.npy and, if there are labels or names, <name>_labels.npy and <name>_names.json; describes
// them as JSON.
Json WritePart(Session& session, const Part& part, const EncodeFlags& options,
               const std::filesystem::path& folder) {
  const Tensor codes = EncodeAll(session, *part.images);
  const auto path = folder / (part.name + ".npy");
  WriteNpy(path, codes);
  Json json = {{"part", part.name},
               {"images", codes.rows()},
               {"code_size", codes.row_size()},
               {"codes", path.string()}};
  const auto samples_path = folder / (part.name + "_samples.npy");
  std::filesystem::remove(samples_path);  // from an earlier call
  if (options.samples > 0) {
    WriteNpy(samples_path, SampleAll(session, *part.images, options.samples, options.seed));
    json["samples"] = samples_path.string();
  }
  const auto labels_path = folder / (part.name + "_labels.npy");
  std::filesystem::remove(labels_path);  // from an earlier call with other images
  if (const auto labels = part.images->labels(); !labels.empty()) {
    WriteNpy(labels_path, labels, {static_cast<int64_t>(labels.size())});
    json["labels"] = labels_path.string();
  }
  const auto names_path = folder / (part.name + "_names.json");
  std::filesystem::remove(names_path);
  const bool files = part.images->size() > 0 && !part.images->image_name(0).empty();
  if (files || !part.images->class_names().empty()) {
    Json names = {{"images", Json::array()}, {"classes", Json::array()}};
    for (int64_t id = 0; files && id < part.images->size(); ++id)
      names["images"].push_back(NameOfImage(*part.images, id));
    for (const std::string& name : part.images->class_names()) names["classes"].push_back(AsUtf8(name));
    WriteJson(names_path, names);
    json["names"] = names_path.string();
  }
  return json;
}

void Encode(const Command& command, const EncodeFlags& options) {
  const auto backend = MakeBackend();
  const TrainedModel model = OpenTrainedModel(options.runs.front(), *backend);
  const DataSplits data = OpenDataOf(model, options.data);
  PrintNote(command, data);
  std::filesystem::path folder = options.out;
  if (folder.empty()) {
    const RunDirectory* run = OwnRun(options, {&model, 1}, data);
    folder = run != nullptr ? run->path() / "codes" : std::filesystem::path(model.name + "-codes");
  }
  CreateDirectories(folder);
  Json json = {{"schema_version", 1}, {"data", data.name}, {"parts", Json::array()}};
  if (data.report) json["left_out"] = LeftOutJson(*data.report);
  for (const Part& part : {Part{"train", data.train.get()}, Part{data.held_out_name, data.held_out.get()}}) {
    json["parts"].push_back(WritePart(*model.session, part, options, folder));
    const Json& written = json["parts"].back();
    if (options.json) continue;
    fmt::print("{:<6} {} images, {} numbers each: {}\n", part.name, part.images->size(),
               model.model->code_size(), written["codes"].get<std::string>());
    if (written.contains("samples")) {
      fmt::print("{:<6} {} samples per image: {}\n", "", options.samples,
                 written["samples"].get<std::string>());
    }
    for (const char* more : {"labels", "names"}) {
      if (written.contains(more)) fmt::print("{:<6} {}: {}\n", "", more, written[more].get<std::string>());
    }
  }
  WarnOfFailures(command, {&model, 1}, *data.held_out);
  if (options.json) fmt::print("{}\n", IndentedText(json));
}

}  // namespace

void AddEncodeCommand(const Command& program) {
  auto options = std::make_shared<EncodeFlags>();
  const Command command = program.AddCommand("encode", "Write the codes of images as npy files",
                                             "hourglass encode RUN\n"
                                             "hourglass encode model.safetensors --data digits -o codes/\n"
                                             "hourglass encode RUN --samples 10    (variational)");
  AddModelOptions(command, *options, /*many=*/false);
  const Flag samples =
      command.Add("--samples", options->samples, "Random codes per image, of a gaussian bottleneck")
          .Check(WholeNumber(1, 10'000));
  command.Add("--seed", options->seed, "Seed of the samples")
      .Needs(samples)
      .Check(WholeNumber())
      .ShowDefault();
  command.Add("-o,--out", options->out, "Folder for the npy files [RUN/codes]");
  command.OnRun([command, options] { Encode(command, *options); });
}

}  // namespace hourglass::app
