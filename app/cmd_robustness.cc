// hourglass robustness: what models make of images that are corrupted more and more.
#include <fmt/format.h>

#include <memory>

#include "app/commands.h"
#include "app/picture_options.h"
#include "app/program.h"
#include "hourglass/analysis/picking.h"
#include "hourglass/analysis/robustness.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/report/robustness_figures.h"
#include "hourglass/report/run_report.h"

namespace hourglass::app {
namespace {

constexpr int64_t kExampleImages = 3;
constexpr int kMaxCorruptions = 16;  // more than there are kinds; twice the same is refused

struct RobustnessFlags : PictureOptions {
  std::vector<std::string> kinds, amounts;
  uint64_t noise_seed = 0;
};

struct Corrupting {
  CorruptionKind kind;
  std::vector<double> amounts;
};

// What is asked for, or gaussian noise and occlusion.
std::vector<Corrupting> Corruptions(const RobustnessFlags& options) {
  if (!options.amounts.empty() && options.amounts.size() != options.kinds.size()) {
    throw UsageError({.what = "each --amounts belongs to one --corrupt, in their order",
                      .expected = fmt::format("{} times --amounts, or none", options.kinds.size()),
                      .got = fmt::format("{}", options.amounts.size())});
  }
  std::vector<Corrupting> all;
  for (size_t i = 0; i < options.kinds.size(); ++i) {
    const CorruptionKind kind = ParseCorruptionKind(options.kinds[i]);
    for (const Corrupting& other : all) {
      if (other.kind == kind)
        throw UsageError({.what = fmt::format("--corrupt {} is given twice", Name(kind))});
    }
    all.push_back({kind, options.amounts.empty() ? DefaultAmounts(kind) : ParseAmounts(options.amounts[i])});
    for (const double amount : all.back().amounts) CheckCorruption({kind, amount});
  }
  if (!all.empty()) return all;
  return {{CorruptionKind::kGaussian, DefaultAmounts(CorruptionKind::kGaussian)},
          {CorruptionKind::kOcclusion, DefaultAmounts(CorruptionKind::kOcclusion)}};
}

// The figures of the one run that was named, else a folder of their own.
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

void Run(const CLI::App& command, const RobustnessFlags& options) {
  const std::vector<Corrupting> corruptions = Corruptions(options);
  const auto backend = MakeBackend();
  const std::vector<TrainedModel> models = OpenModels(options, *backend);
  const DataSplits data = OpenDataOf(models, options.data_dir, options.data);
  const std::vector<std::string> labels = ModelLabels(models);
  std::vector<LabelledModel> labelled;
  for (size_t m = 0; m < models.size(); ++m) {
    labelled.push_back({models.size() == 1 ? models[m].name : labels[m], models[m].session.get()});
  }
  std::optional<Pca> pca;  // for the Wiener filter
  const int64_t pixels = data.train->image_shape().size();
  for (const Corrupting& corrupting : corruptions) {
    if (corrupting.kind == CorruptionKind::kGaussian && !pca && pixels <= Pca::kMaxPixels)
      pca.emplace(*backend, *data.train, pixels);
  }
  const RunDirectory* run = OwnRun(options, models, data);
  const std::filesystem::path folder = Folder(options, run);
  const std::vector<int64_t> examples = PickOneOfEach(*data.held_out, kExampleImages);
  Json json = {{"schema_version", 1},        {"data", data.name},
               {"part", data.held_out_name}, {"noise_seed", options.noise_seed},
               {"runs", options.runs},       {"corruptions", Json::array()},
               {"figures", Json::array()}};
  for (const auto& [kind, amounts] : corruptions) {
    const Robustness result =
        MeasureRobustness(labelled, *data.held_out, kind, amounts, options.noise_seed, pca ? &*pca : nullptr);
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

void AddRobustnessCommand(CLI::App& app) {
  auto options = std::make_shared<RobustnessFlags>();
  CLI::App* command = AddCommand(
      app, "robustness", "Measure what models make of held-out images that are corrupted more and more",
      "hourglass robustness RUN                     gaussian noise and occlusion\n"
      "hourglass robustness RUN --corrupt gaussian --amounts 0:1:0.1 --corrupt masking --amounts 0,0.2,0.4\n"
      "hourglass robustness PLAIN DENOISING --out comparison/    several models in one picture");
  AddModelOptions(*command, *options, /*many=*/true);
  command
      ->add_option(
          "--corrupt", options->kinds,
          "gaussian, occlusion, salt_pepper or masking; may be given several times [gaussian, occlusion]")
      ->expected(1, kMaxCorruptions)
      ->allow_extra_args(false);  // a flag takes one value, what follows is a run
  command
      ->add_option(
          "--amounts", options->amounts,
          "Amounts of the --corrupt in the same place, FIRST:LAST:STEP or a list: a standard deviation for "
          "gaussian, else a share [0:1:0.1, shares 0:0.9:0.1]")
      ->expected(1, kMaxCorruptions)
      ->allow_extra_args(false);  // a flag takes one value, what follows is a run
  command->add_option("--noise-seed", options->noise_seed, "Seed of the corruption")
      ->check(WholeNumberText())
      ->capture_default_str();
  command->add_option(
      "-o,--out", options->out,
      "Folder for the figures, instead of figures/ in the run (for several runs: robustness/)");
  command->callback([command, options] { Run(*command, *options); });
}

}  // namespace hourglass::app
