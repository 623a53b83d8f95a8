// hourglass report: measures a run again, draws its figures and writes its report.
#include <fmt/format.h>

#include <memory>

#include "app/commands.h"
#include "app/picture_options.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/report/run_report.h"

namespace hourglass::app {
namespace {

void Run(const PictureOptions& options) {
  const auto backend = MakeBackend();
  const TrainedModel model = OpenTrainedModel(options.runs.front(), *backend);
  if (!model.run) {
    throw UsageError(
        {.what = fmt::format("{} is not a run directory", options.runs.front()),
         .hint = "a model file has no log to report on; use reconstruct, denoise or interpolate"});
  }
  const DataSplits data = OpenDataOf(model, options.data);
  if (!options.data.name.empty() && !TrainedOn(model, data)) {
    throw UsageError({.what = fmt::format("{} was not trained on {}", model.name, data.name),
                      .hint = "a report needs the training data"});
  }
  const RunDirectory* own = OwnRun(options, {&model, 1}, data);
  const RunDirectory run = own != nullptr ? *own : model.run->CopyRecords(options.out);
  Json measured = WriteRunReport(run, *model.session, data);
  if (options.json) {
    measured["report"] = run.report().string();
    fmt::print("{}\n", IndentedText(measured));
    return;
  }
  const std::string name = data.held_out_name;
  fmt::print("train MSE   {:.5f}\n{} MSE    {:.5f}\n", measured["train/mse"].get<double>(), name,
             measured[name + "/mse"].get<double>());
  for (const Json& noisy : measured[name + "/noisy_mse"]) {
    fmt::print("{} MSE    {:.5f} with noise of sigma {:g}\n", name, noisy["mse"].get<double>(),
               noisy["sigma"].get<double>());
  }
  const Json& baselines = measured["baselines"];
  if (baselines.contains("pca")) {
    fmt::print("PCA         {:.5f} with {} components\n", baselines["pca"]["mse"].get<double>(),
               baselines["pca"]["components"].get<int64_t>());
  }
  fmt::print("mean image  {:.5f}\n", baselines["mean_image"].get<double>());
  if (baselines.contains("omissions")) {
    for (const Json& omission : baselines["omissions"]) fmt::print("{}\n", omission.get<std::string>());
  }
  for (const Json& finding : measured["findings"]) {
    fmt::print("{} {}\n", finding["what"].get<std::string>(), finding["advice"].get<std::string>());
  }
  fmt::print("{}\n", run.report().string());
}

}  // namespace

void AddReportCommand(const Command& program) {
  auto options = std::make_shared<PictureOptions>();
  const Command command = program.AddCommand("report", "Measure a run, draw figures, write report.html",
                                             "hourglass report runs/20250131T120000Z-mlp4-z8");
  command.Add("run", options->runs, "A run directory").Required().Values(1, 1);
  command.Add("--data", options->data.name, "Where the training data is now");
  command.Add("--data-dir", options->data.data_dir, "Folder to search for the data first");
  command.Add("-o,--out", options->out, "Folder for the report [the run]").Type("DIR");
  command.AddSwitch("--json", options->json, "Print JSON");
  command.OnRun([options] { Run(*options); });
}

}  // namespace hourglass::app
