#include "hourglass/report/run_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

#include "hourglass/analysis/context.h"
#include "hourglass/analysis/measurements.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/text.h"
#include "hourglass/model/summary.h"
#include "hourglass/report/html.h"
#include "hourglass/report/plots.h"
#include "hourglass/report/run_figures.h"
#include "hourglass/train/config.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr int kReportSchema = 1;
constexpr size_t kMaxUnitRows = 64;  // of the table of code units

fs::path MeasurementsPath(const RunDirectory& run) {
  return run.path() / "measurements.json";
}

// The inputs of the report, as stored in the run.
struct ReportedRun {
  Json info;          // run.json
  Json measurements;  // measurements.json
  std::vector<EpochMetrics> epochs;
  std::string config;  // config.toml
};

// NaN for null, which stands for non-finite numbers in JSON.
double ValueOf(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

// "–" if not finite: the model has diverged.
std::string Number(double value, fmt::format_string<double&> format = "{:.4f}") {
  return std::isfinite(value) ? fmt::format(format, value) : "–";
}
std::string Number(const Json& value, fmt::format_string<double&> format = "{:.4f}") {
  return Number(ValueOf(value), format);
}

// The text of `json[key]`, strings without quotes; "" if there is none.
std::string TextOf(const Json& json, const char* key) {
  if (!json.contains(key)) return "";
  return json[key].is_string() ? json[key].get<std::string>() : json[key].dump();
}

double MedianSeconds(const std::vector<EpochMetrics>& epochs) {
  std::vector<double> seconds;
  for (const EpochMetrics& epoch : epochs) seconds.push_back(epoch.seconds());
  std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2),
                   seconds.end());
  return seconds[seconds.size() / 2];
}

double TotalSeconds(const std::vector<EpochMetrics>& epochs) {
  return std::accumulate(epochs.begin(), epochs.end(), 0.0,
                         [](double sum, const EpochMetrics& epoch) { return sum + epoch.seconds(); });
}

std::string PcaNote(const Json& baselines) {
  if (!baselines.contains("pca")) return "";
  return fmt::format("PCA with {} components: {}", baselines["pca"]["components"].get<int64_t>(),
                     Number(baselines["pca"]["mse"]));
}

// The task of a model trained on corrupted input; "" for clean input.
std::string TaskText(const Json& measurements) {
  if (!measurements.contains("denoising")) return "";
  const Corruption corruption = ParseCorruption(TextOf(measurements["denoising"], "corruption"));
  return fmt::format(", to restore the clean image from corrupted input ({})", Describe(corruption));
}

// The error on that task.
SummaryNumber DenoisingNumber(const Json& denoising, const std::string& name) {
  const std::string input =
      fmt::format("the corrupted images themselves: {}", Number(denoising.at(name + "/corrupted_mse")));
  const bool wiener = denoising.contains(name + "/wiener_mse");
  return {Number(denoising.at(name + "/mse")),
          fmt::format("{} MSE, {}", name, denoising.at("corruption").get<std::string>()),
          wiener ? fmt::format("Wiener filter: {}; {}", Number(denoising.at(name + "/wiener_mse")), input)
                 : input};
}

SummaryNumber UsedUnits(const Json& code) {
  const size_t units = code.at("units").size();
  if (code.at("units").front().contains("divergence")) {
    return {fmt::format("{} of {}", code.at("used").get<int64_t>(), units), "used code units",
            code.at("used") == units ? "each says something about an image"
                                     : "the others say nothing about an image"};
  }
  return {fmt::format("{} of {}", code.at("dead").size(), units), "dead code units",
          code.at("rectified").get<bool>() ? "always 0 after the ReLU" : "the code has no ReLU"};
}

void AddHead(const ReportedRun& record, HtmlReport& html) {
  const Json& m = record.measurements;
  const std::string name = m.at("held_out_name");
  std::vector<SummaryNumber> numbers = {
      {Number(m.at(name + "/mse")), name + " MSE per pixel", PcaNote(m.at("baselines"))},
      {Number(m.at("train/mse")), "train MSE per pixel",
       fmt::format("{} − train: {}", name,
                   Number(ValueOf(m.at(name + "/mse")) - ValueOf(m.at("train/mse")), "{:+.5f}"))}};
  if (m.contains("denoising")) {
    numbers.insert(numbers.begin(), DenoisingNumber(m["denoising"], name));
  } else if (const Json& all = m.at(name + "/noisy_mse"); !all.empty()) {
    numbers.push_back({Number(all[0].at("mse")), fmt::format("{} MSE, noisy input", name),
                       fmt::format("σ = {:g}, clean target", all[0].at("sigma").get<double>())});
  }
  numbers.push_back(UsedUnits(m.at("code")));
  if (!record.epochs.empty()) {
    numbers.push_back({fmt::format("{:.2f} s", MedianSeconds(record.epochs)), "per epoch",
                       fmt::format("{} in {:.1f} s", Counted(std::ssize(record.epochs), "epoch", "epochs"),
                                   TotalSeconds(record.epochs))});
  }
  html.Summary(numbers);
  for (const Json& finding : m.at("findings")) {
    html.Warning(
        fmt::format("{} {}", finding.at("what").get<std::string>(), finding.at("advice").get<std::string>()));
  }
  if (TextOf(record.info, "status") != "finished") {
    html.Warning(
        fmt::format("This run is not finished: its status is \"{}\".", TextOf(record.info, "status")));
  }
}

void AddErrors(const ReportedRun& record, HtmlReport& html) {
  const Json& m = record.measurements;
  const std::string name = m.at("held_out_name");
  Table table{.header = {"", "train", name}, .rows = {}};
  table.caption =
      "Mean squared error per pixel, pixels in [0, 1]; noise is on the input only, the target is clean.";
  std::vector<std::string> model = {"this model", Number(m.at("train/mse")), Number(m.at(name + "/mse"))};
  for (const Json& noisy : m.at(name + "/noisy_mse")) {
    table.header.push_back(fmt::format("{}, noise σ = {:g}", name, noisy.at("sigma").get<double>()));
    model.push_back(Number(noisy.at("mse")));
  }
  const bool denoising = m.contains("denoising");
  if (denoising) {
    table.header.push_back(fmt::format("{}, {}", name, m["denoising"].at("corruption").get<std::string>()));
    model.push_back(Number(m["denoising"].at(name + "/mse")));
    table.caption += " The last column is the task that the model was trained for.";
  }
  const auto add = [&](std::vector<std::string> row) {
    row.resize(table.header.size(), "–");
    table.rows.push_back(std::move(row));
  };
  add(std::move(model));
  const Json& baselines = m.at("baselines");
  if (baselines.contains("pca")) {
    add({fmt::format("PCA, {} components", baselines["pca"]["components"].get<int64_t>()), "–",
         Number(baselines["pca"]["mse"])});
  }
  add({"mean training image", "–", Number(baselines.at("mean_image"))});
  const auto add_own = [&](const char* label, const std::string& key) {
    if (!denoising || !m["denoising"].contains(key)) return;
    std::vector<std::string> row(table.header.size(), "–");
    row.front() = label;
    row.back() = Number(m["denoising"][key]);
    add(std::move(row));
  };
  add_own("linear Wiener filter", name + "/wiener_mse");
  add_own("the corrupted images themselves", name + "/corrupted_mse");
  if (baselines.contains("omissions")) {
    for (const Json& omission : baselines["omissions"]) table.caption += " " + omission.get<std::string>();
  }
  html.AddTable(table);
  html.Paragraph(
      "A model that cannot beat PCA with a code of the same size has learned nothing beyond a linear map; "
      "one that is no better than the mean image has learned nothing about individual images.");
}

// Adds the figure, unless it is from before a resume and shows another model than the report measures.
void AddFigureOf(const std::string& model, const Figure& figure, HtmlReport& html) {
  if (figure.model.empty() || model.empty() || figure.model == model) return html.AddFigure(figure);
  html.Paragraph(
      fmt::format("{} is left out, because it shows another state of the model than this report measures.",
                  figure.png().filename().string()));
}

bool HasFigure(const RunDirectory& run, const std::string& name) {
  return fs::exists(run.figures() / (name + ".json"));
}

// Adds the figure if the run has it.
void AddFigureIfThere(const RunDirectory& run, const std::string& name, const std::string& model,
                      HtmlReport& html) {
  if (HasFigure(run, name)) AddFigureOf(model, ReadFigure(run.figures(), name), html);
}

// A section with those of the figures that the run has, if any.
void AddFigureSection(const RunDirectory& run, const char* heading, const std::vector<const char*>& names,
                      const std::string& model, HtmlReport& html) {
  const auto has = [&](const char* name) { return HasFigure(run, name); };
  if (std::ranges::none_of(names, has)) return;
  html.Section(heading);
  for (const char* name : names) AddFigureIfThere(run, name, model, html);
}

// Names of the figures that only some runs have.
std::vector<std::string> OtherFigures(const RunDirectory& run) {
  using namespace figure_name;
  const std::vector<std::string> known = {kLoss,           kEncoderLoss,  kEvidence,   kBaselines,
                                          kReconstruction, kBestToWorst,  kDenoising,  kInterpolation,
                                          kCodeGrid,       kPriorSamples, kDivergence, kTraversal};
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(run.figures())) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() == ".json" && std::ranges::count(known, name) == 0) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

void AddOtherFigures(const RunDirectory& run, const std::string& model, HtmlReport& html) {
  const std::vector<std::string> names = OtherFigures(run);
  if (names.empty()) return;
  html.Section("More pictures");
  for (const std::string& name : names) AddFigureOf(model, ReadFigure(run.figures(), name), html);
}

void AddUnits(const Json& units, HtmlReport& html) {
  const bool gaussian = units.front().contains("divergence");
  Table table{.header = {"unit", "min", "mean", "max"}, .rows = {}, .caption = "Over the held-out images."};
  if (gaussian) {
    table.header.insert(table.header.end(), {"variance", "KL divergence, nats"});
    table.caption +=
        " Each row is about the means of the codes of the images. A unit whose variance is at most 0.01 is "
        "unused.";
  } else {
    table.header.emplace_back("not 0");
  }
  for (const Json& unit : units) {
    if (table.rows.size() == kMaxUnitRows) {
      table.caption +=
          fmt::format(" The first {} of {} units; measurements.json has all.", kMaxUnitRows, units.size());
      break;
    }
    std::vector<std::string> row = {fmt::format("{}", table.rows.size()), Number(unit.at("min"), "{:.3g}"),
                                    Number(unit.at("mean"), "{:.3g}"), Number(unit.at("max"), "{:.3g}")};
    if (gaussian) {
      row.push_back(Number(unit.at("variance"), "{:.3g}"));
      row.push_back(Number(unit.at("divergence"), "{:.3g}"));
    } else {
      row.push_back(fmt::format("{:.1f} %", 100 * unit.at("active_share").get<double>()));
    }
    table.rows.push_back(std::move(row));
  }
  html.AddTable(table);
}

void AddCode(const Json& code, HtmlReport& html) {
  const auto dead = code.at("dead").get<std::vector<int64_t>>();
  std::vector<size_t> constant, diverged;
  for (size_t i = 0; i < code.at("units").size(); ++i) {
    const Json& unit = code.at("units")[i];
    if (unit.at("mean").is_null()) {
      diverged.push_back(i);
    } else if (unit.at("min") == unit.at("max")) {
      constant.push_back(i);
    }
  }
  html.Paragraph(
      !dead.empty() ? fmt::format("Dead units (0 for every held-out image): {}.", fmt::join(dead, ", "))
      : !diverged.empty()
          ? fmt::format("Units with numbers that are not finite: {}.", fmt::join(diverged, ", "))
      : !constant.empty()
          ? fmt::format("Units with the same number for every held-out image: {}.", fmt::join(constant, ", "))
      : code.at("used") == code.at("units").size()
          ? std::string("Every code unit is used.")
          : fmt::format("{} of {} code units are used.", code.at("used").get<int64_t>(),
                        code.at("units").size()));
  AddUnits(code.at("units"), html);
}

void AddContext(const Json& context, const std::string& held_out, HtmlReport& html) {
  html.Section("Neighbourhoods kept");
  if (const auto undecided = context.at("undecided").get<double>(); undecided > kManyUndecided) {
    html.Paragraph(
        fmt::format("{:.0f} % of the training images have several codes equally near, of which the first "
                    "ones count: codes "
                    "coincide, so the scores below say less than they seem to.",
                    100 * undecided));
  }
  Table table{.header = {"k"},
              .rows = {},
              .caption = fmt::format(
                  "Neighbours by {}. Score: the share of an image's k nearest in pixels that are among its k "
                  "nearest in the code. Improvement: how much more often the nearest in the code carry the "
                  "image's label than the nearest in pixels do. kNN: images labelled correctly by their k "
                  "nearest in the code. Images of \"{}\" are looked up among the training images.",
                  context.at("distance").get<std::string>(), held_out)};
  const std::pair<const char*, const char*> columns[] = {{"score", "score"},
                                                         {"trustworthiness", "trustworthiness"},
                                                         {"improvement", "improvement"},
                                                         {"kNN", "accuracy"}};
  const std::string parts[] = {"train", held_out};
  for (const auto& [name, key] : columns) {
    for (const std::string& part : parts) table.header.push_back(fmt::format("{}, {}", name, part));
  }
  for (size_t i = 0; i < context.at("train").size(); ++i) {
    std::vector<std::string> row = {context["train"][i].at("k").dump()};
    for (const auto& [name, key] : columns) {
      for (const std::string& part : parts) {
        const Json& at = context.at(part)[i];
        row.push_back(at.contains(key) ? Number(at.at(key)) : "–");
      }
    }
    table.rows.push_back(std::move(row));
  }
  html.AddTable(table);
}

void AddModel(const Json& architecture, HtmlReport& html) {
  const ModelSummary summary = Summarize(Architecture::FromJson(architecture, "measurements.json"));
  Table table{
      .header = {"layer", "name", "activation", "output", "parameters"}, .rows = {}, .text_columns = 4};
  for (const SummaryRow& row : summary.rows) {
    table.rows.push_back({row.layer, row.name, row.activation,
                          fmt::format("[{}]", fmt::join(row.output_shape, ", ")), Grouped(row.parameters)});
  }
  table.rows.push_back({"total", "", "", "", Grouped(summary.total)});
  html.AddTable(table);
}

void AddReproduction(const ReportedRun& record, HtmlReport& html) {
  const Json& info = record.info;
  std::vector<std::vector<std::string>> commands = {info.value("arguments", std::vector<std::string>())};
  std::ranges::move(info.value("resumed", std::vector<std::vector<std::string>>()),
                    std::back_inserter(commands));
  std::vector<std::string> lines;
  for (std::vector<std::string>& command : commands) {
    std::ranges::transform(command, command.begin(), ShellQuoted);
    if (!command.empty()) lines.push_back(fmt::format("{}", fmt::join(command, " ")));
  }
  if (!lines.empty()) html.Code(fmt::format("{}", fmt::join(lines, "\n")));
  html.Paragraph(
      "The same seed, precision and number of threads give bitwise identical numbers. The complete "
      "configuration, with every default:");
  html.Code(record.config);
  Table table{.header = {"", ""}, .rows = {}, .text_columns = 2};
  for (const auto& [key, label] : {std::pair("version", "hourglass"),
                                   {"started", "started"},
                                   {"seed", "seed"},
                                   {"device", "processor"},
                                   {"threads", "threads"},
                                   {"precision", "precision"}}) {
    if (info.contains(key)) table.rows.push_back({label, TextOf(info, key)});
  }
  if (info.contains("data")) {
    table.rows.push_back({"data", TextOf(info["data"], "name")});
    table.rows.push_back({"SHA-256 of the data", TextOf(info["data"], "checksum")});
  }
  html.AddTable(table);
}

std::string Compose(const RunDirectory& run, const ReportedRun& record) {
  using namespace figure_name;
  const Json& m = record.measurements;
  const std::string model = m.value("model", "");
  const std::string folder = fs::weakly_canonical(run.path()).filename().string();
  HtmlReport html(folder, fmt::format("{}, a code of {} numbers, trained on {} for {} epochs{}",
                                      TextOf(m.at("architecture"), "name"), m.at("code").at("units").size(),
                                      TextOf(m, "data"), record.epochs.size(), TaskText(m)));
  AddHead(record, html);
  html.Section("Errors");
  AddErrors(record, html);
  AddFigureIfThere(run, kBaselines, model, html);
  if (m.contains("neighbourhood")) AddContext(m["neighbourhood"], m.at("held_out_name"), html);
  html.Section("Training");
  AddFigureIfThere(run, kEncoderLoss, model, html);
  AddFigureIfThere(run, kLoss, model, html);
  AddFigureIfThere(run, kEvidence, model, html);
  const std::pair<const char*, std::vector<const char*>> sections[] = {
      {"Reconstruction", {kReconstruction, kBestToWorst}},
      {"Denoising", {kDenoising}},
      {"Interpolation", {kInterpolation}},
      {"Generation", {kPriorSamples}}};
  for (const auto& [heading, names] : sections) AddFigureSection(run, heading, names, model, html);
  AddOtherFigures(run, model, html);
  html.Section("Code");
  AddFigureIfThere(run, kCodeGrid, model, html);
  AddCode(m.at("code"), html);
  AddFigureIfThere(run, kDivergence, model, html);
  AddFigureIfThere(run, kTraversal, model, html);
  html.Section("Model");
  AddModel(m.at("architecture"), html);
  html.Section("Reproduce");
  AddReproduction(record, html);
  return html.Finish();
}

// Adds to `json` how the run keeps neighbourhoods.
void MeasureKept(const RunDirectory& run, Session& session, const DataSplits& data, const TrainConfig& config,
                 Json& json) {
  if (const auto kept = MeasureContext(session, data, config.image_distance(), run.path() / "neighbours"))
    json["neighbourhood"] = ToJson(*kept, data.held_out_name);
}

}  // namespace

Json WriteRunReport(const RunDirectory& run, Session& session, const DataSplits& data, bool context) {
  ResolvedConfig config;
  SetConfigFromToml(config, ReadFile(run.config()), run.config().string());
  const std::vector<EpochMetrics> epochs = run.ReadMetrics();
  const Measurements measurements = MeasureModel(session, data, config.values, epochs);
  Json json = {{"schema_version", kReportSchema}};
  json["data"] = data.name;
  json["model"] = session.model().checksum();
  json["architecture"] = session.model().architecture().ToJson();
  json.update(ToJson(measurements));
  if (context && config.values.neighbourhood != "0") MeasureKept(run, session, data, config.values, json);
  WriteJson(MeasurementsPath(run), json);
  CreateDirectories(run.figures());
  DrawRunFigures(run, session, data, measurements, config.values);
  RefreshRunReport(run);
  return json;
}

bool HasRunReport(const RunDirectory& run) {
  return fs::exists(MeasurementsPath(run));
}

void RefreshRunReport(const RunDirectory& run) {
  if (!HasRunReport(run)) {
    throw DataError({.what = fmt::format("{} has no report yet", run.path().string()),
                     .expected = "measurements.json",
                     .hint = fmt::format("make it: hourglass report {}", ShellQuoted(run.path().string()))});
  }
  const ReportedRun record{.info = ReadJson(run.info()),
                           .measurements = ReadJson(MeasurementsPath(run)),
                           .epochs = run.ReadMetrics(),
                           .config = ReadFile(run.config())};
  try {
    WriteFileAtomically(run.report(), Compose(run, record));
  } catch (const Json::exception& error) {
    throw DataError(
        {.what = fmt::format("{} or run.json is damaged", MeasurementsPath(run).string()),
         .got = ReasonOf(error),
         .hint = fmt::format("make it again: hourglass report {}", ShellQuoted(run.path().string()))});
  }
}

}  // namespace hourglass
