// hourglass robustness: measures models on increasingly corrupted images.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "app/checks.h"
#include "app/commands.h"
#include "app/messages.h"
#include "app/picture_options.h"
#include "hourglass/analysis/picking.h"
#include "hourglass/analysis/robustness.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/report/robustness_figures.h"
#include "hourglass/report/run_report.h"

namespace hourglass::app {
namespace {

constexpr int64_t kExampleImages = 3;

struct RobustnessFlags : PictureOptions {
  std::vector<std::string> corrupt;
  uint64_t noise_seed = 0;
};

struct Corrupting {
  CorruptionKind kind;
  std::vector<double> amounts;
};

// "masking", "masking:0,0.2,0.4" or "gaussian:0:1:0.1".
Corrupting ParseCorrupting(const std::string& text) {
  const size_t colon = text.find(':');
  const CorruptionKind kind = ParseCorruptionKind(text.substr(0, colon));
  const bool plain = colon == std::string::npos;
  const std::vector<double> amounts = plain ? DefaultAmounts(kind) : ParseAmounts(text.substr(colon + 1));
  for (const double amount : amounts) CheckCorruption({kind, amount});
  return {kind, amounts};
}

// The requested corruptions, or gaussian noise and occlusion.
std::vector<Corrupting> Corruptions(const RobustnessFlags& options) {
  std::vector<std::string> texts = options.corrupt;
  if (texts.empty()) texts = {"gaussian", "occlusion"};
  std::vector<Corrupting> all;
  for (const std::string& text : texts) {
    const Corrupting corrupting = ParseCorrupting(text);
    if (std::ranges::count(all, corrupting.kind, &Corrupting::kind) > 0)
      throw UsageError({.what = fmt::format("--corrupt {} is given twice", Name(corrupting.kind))});
    all.push_back(corrupting);
  }
  return all;
}

// The figures folder of the only named run, else a separate folder.
std::filesystem::path Folder(const RobustnessFlags& options, const RunDirectory* run) {
  if (!options.out.empty()) return options.out;
  return run != nullptr ? run->figures() : "robustness";
}

void PrintCurves(const Robustness& robustness) {
  std::vector<const QualityCurve*> curves = {&robustness.corrupted};
  if (robustness.wiener) curves.push_back(&*robustness.wiener);
  for (const QualityCurve& curve : robustness.models) curves.push_back(&curve);
  fmt::print("{}: {}, {} images\n{:8}", Name(robustness.kind), AmountLabel(robustness.kind),
             robustness.images, "");
  for (const QualityCurve* curve : curves) fmt::print("  {:<23.23}", curve->label);
  fmt::print("\n{:>8}", "amount");
  for (size_t i = 0; i < curves.size(); ++i) fmt::print("  {:>7} {:>6} {:>7} ", "MSE", "PSNR", "SSIM");
  fmt::print("\n");
  for (size_t i = 0; i < robustness.amounts.size(); ++i) {
    fmt::print("{:>8g}", robustness.amounts[i]);
    for (const QualityCurve* curve : curves) {
      const Quality& quality = curve->points[i];
      fmt::print("  {:>7.5f} {:>6.2f} {:>7.4f} ", quality.mse, quality.psnr, quality.ssim);
    }
    fmt::print("\n");
  }
}

void PrintFits(const Robustness& robustness) {
  for (const QualityCurve& curve : robustness.models) {
    const std::vector<CurveFit> fits = FitMse(robustness, curve);
    const CurveFit* best = BestFit(fits);
    if (best == nullptr) continue;
    fmt::print("MSE of {} against the amount x:\n", curve.label);
    for (const CurveFit& fit : fits) {
      fmt::print("  {:<14} R² {:.5f}  {}{}\n", Name(fit.form), fit.r_squared, fit.Formula(),
                 &fit == best ? "  (fits best)" : "");
    }
  }
}

// Nothing if there is no gaussian noise, and, with a note, if images are too large.
std::optional<PixelCovariance> CovarianceForWiener(const Command& command,
                                                   const std::vector<Corrupting>& corruptions,
                                                   Backend& backend, const Dataset& train) {
  if (std::ranges::none_of(corruptions,
                           [](const Corrupting& c) { return c.kind == CorruptionKind::kGaussian; }))
    return {};
  if (const std::string why = WhyNoWienerFilter(train.image_shape().size()); !why.empty()) {
    if (command.verbosity() != Verbosity::kQuiet) PrintMessage(fmt::format("note: {}\n", why));
    return {};
  }
  return PixelCovariance(backend, train);
}

void Run(const Command& command, const RobustnessFlags& options) {
  const std::vector<Corrupting> corruptions = Corruptions(options);
  const auto backend = MakeBackend();
  const std::vector<TrainedModel> models = OpenModels(options, *backend);
  const DataSplits data = OpenDataOf(models, options.data);
  const std::vector<std::string> labels = ModelLabels(models);
  std::vector<LabelledModel> labelled;
  for (size_t m = 0; m < models.size(); ++m) {
    labelled.push_back({models.size() == 1 ? models[m].name : labels[m], models[m].session.get()});
  }
  const std::optional<PixelCovariance> covariance =
      CovarianceForWiener(command, corruptions, *backend, *data.train);
  const RunDirectory* run = OwnRun(options, models, data);
  const std::filesystem::path folder = Folder(options, run);
  const std::vector<int64_t> examples = PickOneOfEach(*data.held_out, kExampleImages);
  Json json = {{"schema_version", 1},        {"data", data.name},
               {"part", data.held_out_name}, {"noise_seed", options.noise_seed},
               {"runs", options.runs},       {"corruptions", Json::array()},
               {"figures", Json::array()}};
  for (const auto& [kind, amounts] : corruptions) {
    const Robustness result = MeasureRobustness(labelled, *data.held_out, kind, amounts, options.noise_seed,
                                                covariance ? &*covariance : nullptr);
    for (const Figure& figure : DrawRobustness(folder, ModelsTitle(models), result, labelled, *data.held_out,
                                               examples, options.noise_seed)) {
      json["figures"].push_back(figure.png().string());
    }
    json["corruptions"].push_back(ToJson(result));
    if (options.json) continue;
    PrintCurves(result);
    PrintFits(result);
    fmt::print("\n");
  }
  WarnOfFailures(command, models, *data.held_out);
  if (run != nullptr && HasRunReport(*run)) RefreshRunReport(*run);
  if (options.json) {
    fmt::print("{}\n", IndentedText(json));
    return;
  }
  for (const Json& figure : json["figures"]) fmt::print("{}\n", figure.get<std::string>());
}

}  // namespace

void AddRobustnessCommand(const Command& program) {
  auto options = std::make_shared<RobustnessFlags>();
  const Command command = program.AddCommand(
      "robustness", "Measure models on increasingly corrupted images",
      "hourglass robustness RUN                     gaussian noise and occlusion\n"
      "hourglass robustness RUN --corrupt gaussian:0:1:0.1 --corrupt masking:0,0.2,0.4\n"
      "hourglass robustness PLAIN DENOISING --out comparison/    several models in one picture");
  AddModelOptions(command, *options, /*many=*/true);
  command.Add("--corrupt", options->corrupt, "KIND, or KIND:AMOUNTS; repeatable [gaussian, occlusion]")
      .Repeatable();
  command.Add("--corrupt-seed", options->noise_seed, "Seed of the corruption")
      .Check(WholeNumber())
      .ShowDefault();
  command.Add("-o,--out", options->out, "Folder for the figures [in the run, or robustness/]");
  command.OnRun([command, options] { Run(command, *options); });
}

}  // namespace hourglass::app
