// hourglass traverse: varies each number of the code and decodes the result.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <vector>

#include "app/checks.h"
#include "app/commands.h"
#include "app/picture_options.h"
#include "hourglass/analysis/traversal.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/report/model_pictures.h"
#include "hourglass/report/run_figures.h"

namespace hourglass::app {
namespace {

struct TraverseFlags : PictureOptions {
  int64_t steps = 11, most = 20;
};

Json NumbersJson(const CodeUnits& codes, const Traversal& traversal) {
  Json numbers = Json::array();
  for (const int64_t number : traversal.numbers) {
    const CodeUnit& unit = codes.units[static_cast<size_t>(number)];
    numbers.push_back({{"number", number}, {"mean", unit.mean}, {"variance", unit.variance}});
    if (unit.divergence) numbers.back()["divergence"] = *unit.divergence;
  }
  return numbers;
}

// The code that all rows go through: that of the image that the user picked, if any.
std::optional<ImageCode> CodeToPass(const TraverseFlags& options, Session& session, const Dataset& images) {
  const std::vector<int64_t> ids = PickImages(options, images, {});
  if (ids.empty()) return {};
  if (ids.size() > 1) {
    throw UsageError({.what = "a traversal goes through the code of one image",
                      .expected = "--index A or --digit A",
                      .got = Counted(std::ssize(ids), "image", "images")});
  }
  return ImageCode{.id = ids.front(), .code = session.Encode(ReadPixels(images, ids))};
}

void Run(const Command& command, const TraverseFlags& options) {
  const auto backend = MakeBackend();
  const std::vector<TrainedModel> models = OpenModels(options, *backend);
  const DataSplits data = OpenDataOf(models.front(), options.data);
  Session& session = *models.front().session;
  const std::optional<ImageCode> passed = CodeToPass(options, session, *data.held_out);
  const CodeUnits codes = MeasureCodeUnits(session, *data.held_out);
  const Traversal traversal = Traverse(codes, options.steps, options.most, passed);
  const std::string caption = TraversalCaption(codes, traversal);
  const auto path = WritePicture(
      options, models, data, figure_name::kTraversal, caption,
      fmt::format("{} rows of {} decoded pictures.", traversal.numbers.size(), options.steps),
      TraversalGrid("Each number of the code, " + ModelTitle(session.model()), session, traversal));
  WarnOfFailures(command, models, *data.held_out);
  if (options.json) {
    Json json = {{"schema_version", 1},
                 {"data", data.name},
                 {"part", data.held_out_name},
                 {"steps", traversal.steps},
                 {"numbers", NumbersJson(codes, traversal)},
                 {"picture", path.string()}};
    if (traversal.image) json["image"] = *traversal.image;
    fmt::print("{}\n", IndentedText(json));
    return;
  }
  fmt::print("{}\n{}\n", caption, path.string());
}

}  // namespace

void AddTraverseCommand(const Command& program) {
  auto options = std::make_shared<TraverseFlags>();
  const Command command = program.AddCommand(
      "traverse", "Vary each number of the code, and decode",
      "hourglass traverse RUN                       a row of pictures for each number of the code\n"
      "hourglass traverse RUN --steps 7 --numbers 5\n"
      "hourglass traverse RUN --index 17            around the code of one image");
  AddModelOptions(command, *options, /*many=*/false);
  command.Add("--steps", options->steps, "Pictures per number").Check(WholeNumber(2, 50)).ShowDefault();
  command.Add("--numbers", options->most, "Most numbers to show").Check(WholeNumber(1, 100)).ShowDefault();
  AddPictureFlags(command, *options);
  command.OnRun([options, command] { Run(command, *options); });
}

}  // namespace hourglass::app
