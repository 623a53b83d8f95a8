// hourglass train: trains an autoencoder into a run directory, or resumes a run.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "app/commands.h"
#include "app/config_options.h"
#include "app/data_options.h"
#include "app/data_progress.h"
#include "app/interrupt.h"
#include "app/messages.h"
#include "app/picture_options.h"
#include "app/progress.h"
#include "app/table.h"
#include "hourglass/analysis/context.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/host.h"
#include "hourglass/core/text.h"
#include "hourglass/data/open_data.h"
#include "hourglass/model/model_file.h"
#include "hourglass/report/loss_plot.h"
#include "hourglass/report/plots.h"
#include "hourglass/report/run_figures.h"
#include "hourglass/report/run_report.h"
#include "hourglass/train/training_run.h"

namespace hourglass::app {
namespace {

struct TrainFlags {
  KeyTexts keys;
  std::filesystem::path config, out, resume, save, plot;
  bool fast_dev_run = false, no_report = false, print_config = false, json = false;
};

// The configuration from flags, environment and file (or the resumed run).
ResolvedConfig Resolve(const Command& command, const TrainFlags& options) {
  for (const char* flag : {"--resume", "--config", "--out"}) {
    if (command.Text(flag) == "") {
      throw UsageError({.what = fmt::format("{} needs a value", flag),
                        .got = "an empty text",
                        .hint = "is a shell variable unset?"});
    }
  }
  if (!options.resume.empty() && !(options.config.empty() && options.out.empty())) {
    throw UsageError(
        {.what = "--resume cannot be combined with --config or --out", .hint = "the run already has both"});
  }
  std::vector<std::pair<std::string, std::string>> flags;
  if (options.fast_dev_run) flags = {{"epochs", "1"}, {"overfit_batches", "2"}};
  std::ranges::move(GivenKeys(command, options.keys), std::back_inserter(flags));
  const std::filesystem::path file =
      options.resume.empty() ? options.config : RunDirectory::Open(options.resume).config();
  return WithUnsetKeys(ResolveConfig(file, HourglassVariables(), flags));
}

// Fails now rather than after the training.
void CheckWritable(const std::filesystem::path& file) {
  if (file.empty()) return;
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw ErrnoError(fmt::format("cannot write {}", file.string()));
  if (std::filesystem::is_directory(file)) {
    throw UsageError(
        {.what = fmt::format("{} is a folder", file.string()), .expected = "the name of a file"});
  }
}

void PrintDevice(const TrainingRun& run) {
  const DeviceChoice& device = run.machine().device;
  const int64_t threads = run.progress().threads;
  const std::string part =
      device.gpu() ? device.name : fmt::format("{} thread{}", threads, threads == 1 ? "" : "s");
  PrintMessage(fmt::format("device  {}, {}, {} ({})\n", device.processor, part, run.progress().precision,
                           run.machine().precision_reason));
  if (!device.no_gpu.empty()) PrintMessage(fmt::format("gpu     none: {}\n", device.no_gpu));
}

void PrintStart(const TrainingRun& run, const TrainConfig& config, const DataSplits& data) {
  PrintMessage(
      fmt::format("model   {}, d = {}, {} parameters\n", config.model, config.code_size, run.parameters()));
  PrintMessage(fmt::format("data    {}: {} train and {} {} images\n", data.name, data.train->size(),
                           data.held_out->size(), data.held_out_name));
  PrintDevice(run);
  PrintMessage(fmt::format("run     {}\n", run.directory().path().string()));
  if (run.progress().epochs_done() > 0) {
    const bool done = run.progress().epochs_done() >= config.epochs;
    PrintMessage(fmt::format("resumed after epoch {}{}\n", run.progress().epochs_done(),
                             done ? "; nothing left to train, set more epochs with -e" : ""));
  }
  if (!run.warning().empty()) PrintMessage(fmt::format("warning: {}\n", run.warning()));
}

// Training and held-out images side by side, since an encoder learns the former by heart.
void PrintContext(const Json& context, const std::string& held_out) {
  const auto number = [](const Json& at, const char* key) {
    return at.contains(key) ? fmt::format("{:.4f}", at.at(key).get<double>()) : std::string("-");
  };
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < context.at("train").size(); ++i) {
    std::vector<std::string> row = {fmt::format("{}", context["train"][i].at("k").get<int64_t>())};
    for (const char* key : {"score", "trustworthiness", "improvement", "accuracy"}) {
      for (const std::string& part : {std::string("train"), held_out})
        row.push_back(number(context.at(part)[i], key));
    }
    rows.push_back(std::move(row));
  }
  fmt::print("neighbourhoods of pixels kept in the code ({})\n", context.at("distance").get<std::string>());
  std::vector<std::string> header = {"k"};
  for (const char* name : {"score", "trust", "improvement", "kNN"}) {
    for (const std::string& part : {std::string("train"), held_out})
      header.push_back(fmt::format("{} {}", name, part));
  }
  PrintTable(header, rows, 0);
  if (const auto undecided = context.at("undecided").get<double>(); undecided > kManyUndecided) {
    PrintMessage(fmt::format(
        "warning: {:.0f} % of the training images have several codes equally near; codes coincide, so "
        "these scores say less than they seem to\n",
        100 * undecided));
  }
}

void PrintResult(const TrainingRun& run, const TrainFlags& options, const Json& context) {
  const EpochMetrics& last = run.progress().epochs.back();
  const std::string report = options.no_report ? "" : run.directory().report().string();
  if (options.json) {
    Json result = ToJson(last);
    result["run"] = run.directory().path().string();
    if (!report.empty()) result["report"] = report;
    if (!context.is_null()) result["neighbourhood"] = context;
    fmt::print("{}\n", IndentedText(result));
    return;
  }
  fmt::print("run     {}\n", run.directory().path().string());
  fmt::print("train   {:.5f}\n", last.train_loss());
  fmt::print("{:<7} {:.5f}\n", last.held_out_name(), last.held_out_loss());
  if (!context.is_null()) PrintContext(context, last.held_out_name());
  if (!report.empty()) fmt::print("report  {}\n", report);
}

// Writes figures, report and other requested files; the finished run is already saved.
// Returns how neighbourhoods are kept, if the report says so, else null.
Json WriteResults(const TrainingRun& run, const std::string& unit, const DataSplits& data,
                  const TrainFlags& options) {
  Json measured = Json::object();
  if (!options.save.empty()) SaveModel(options.save, run.model(), run.TrainingSummary());
  const RunDirectory& directory = run.directory();
  if (!options.no_report) measured = WriteRunReport(directory, run.session(), data);
  const Json context = measured.value("neighbourhood", Json());
  if (options.plot.empty()) return context;
  const Figure loss = {directory.figures(), figure_name::kLoss, "Training and held-out loss.", "Loss curves"};
  if (options.no_report) WriteLinePlot(loss, LossPlot({{"", run.progress().epochs}}, "Loss", unit));
  WriteFileAtomically(options.plot, ReadFile(loss.png()));
  return context;
}

std::string HowToResume(const TrainingRun& run) {
  return "resume with: hourglass train --resume " + ShellQuoted(run.directory().path().string());
}

// TrainingRun::Train, whose errors say how the run can go on.
bool TrainResumably(TrainingRun& run, TrainingProgress& progress) {
  try {
    return run.Train(progress);
  } catch (const Error& error) {
    ErrorText text = error.text();
    // A diverged run would diverge again, and a setting is shown behind the hint.
    const bool helps = error.kind() != ErrorKind::kDiverged && text.setting.empty();
    if (!helps || run.progress().epochs_done() == 0) throw;
    text.hint += (text.hint.empty() ? "" : "; to go on, ") + HowToResume(run);
    throw Error(error.kind(), std::move(text));
  }
}

void Train(const Command& command, const TrainFlags& options) {
  const ResolvedConfig config = Resolve(command, options);
  if (options.print_config) {
    fmt::print("{}", ToToml(config));
    return;
  }
  const Verbosity verbosity = command.verbosity();
  CheckWritable(options.save);
  CheckWritable(options.plot);
  CheckIsPng(options.plot);
  if (!options.out.empty()) RunDirectory::CheckFree(options.out);
  NoteInterrupts();
  DataOptions source = DataOptionsOf(config.values);
  source.moved = !options.resume.empty() && command.Given("--data-dir");
  const DataSplits data = OpenDataVisibly(command, source);
  PrintNote(command, data);
  TrainingRun run = options.resume.empty()
                        ? TrainingRun::Start(config, data, options.out, ProcessArguments())
                        : TrainingRun::Resume(options.resume, config, data, ProcessArguments());
  if (verbosity != Verbosity::kQuiet) PrintStart(run, config.values, data);
  TrainingProgress progress(verbosity, run.stages());
  if (!TrainResumably(run, progress)) {
    PrintMessage(fmt::format("interrupted after {} of {} epochs; {}\n", run.progress().epochs_done(),
                             config.values.epochs, HowToResume(run)));
    throw Interrupted();
  }
  const TrainedModel trained = OpenTrainedModel(run.directory().path(), run.session().backend());
  WarnOfFailures(command, {&trained, 1}, *data.held_out);
  const Json context = WriteResults(run, Unit(config.values.objective()), data, options);
  PrintResult(run, options, context);
}

void AddConfigFlags(const Command& command, TrainFlags& options) {
  for (const ConfigKey& key : ConfigKeys()) {
    AddConfigFlag(command, key, options.keys).Group(key.group).ShowDefault(key.default_text());
  }
}

}  // namespace

void AddTrainCommand(const Command& program) {
  auto options = std::make_shared<TrainFlags>();
  const Command command = program.AddCommand(
      "train", "Train an autoencoder into a run directory",
      "hourglass train --data digits -z 8 -e 10            the built-in digits; needs no download\n"
      "hourglass train -z 8 -e 50 -b 2048 -s model.safetensors -p loss.png\n"
      "hourglass train --config lab.toml --out runs/lab    settings from a file, flags override\n"
      "hourglass train --resume runs/lab -e 100            resume, exactly as if it had never stopped\n"
      "hourglass train -z 4 --print-config > lab.toml      every setting, as a file to edit");
  AddConfigFlags(command, *options);
  command.Add("-o,--out", options->out, "New directory of the run [runs/<time>-<name>]")
      .Group("Output")
      .Type("DIR");
  command.Add("-s,--save", options->save, "Write the model to this file too").Group("Output").Type("FILE");
  command.Add("-p,--plot", options->plot, "Write the loss curve to this PNG too")
      .Group("Output")
      .Type("FILE");
  command.AddSwitch("--no-report", options->no_report, "Draw no figures, write no report").Group("Output");
  command.AddSwitch("--json", options->json, "Print the result as JSON").Group("Output");
  command.Add("--config", options->config, "TOML file of settings").Group("Run").Type("FILE");
  command.Add("--resume", options->resume, "Resume this run, perhaps for more epochs")
      .Group("Run")
      .Type("RUN");
  command.AddSwitch("--print-config", options->print_config, "Print all settings with origins and exit")
      .Group("Run");
  command.AddSwitch("--fast-dev-run", options->fast_dev_run, "Try everything: one epoch of two batches")
      .Group("Run");
  command.OnRun([command, options] { Train(command, *options); });
}

}  // namespace hourglass::app
