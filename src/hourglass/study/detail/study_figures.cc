#include "hourglass/study/detail/study_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include <cmath>

#include "hourglass/analysis/evaluation.h"
#include "hourglass/analysis/picking.h"
#include "hourglass/analysis/significance.h"
#include "hourglass/report/class_labels.h"
#include "hourglass/report/error_and_score.h"
#include "hourglass/report/loss_plot.h"
#include "hourglass/report/model_pictures.h"
#include "hourglass/report/plots.h"

namespace hourglass {
namespace {

using Models = std::vector<StudyModel>;

Models WithoutControls(const Models& all) {
  Models models;
  for (const StudyModel& one : all) {
    if (one.result->control_of.empty()) models.push_back(one);
  }
  return models;
}

// Runs repeated with another seed are in tables only.
Models WithoutRepeats(const Models& all) {
  Models models;
  std::ranges::copy_if(all, std::back_inserter(models),
                       [](const StudyModel& one) { return one.result->repeat_of.empty(); });
  return models;
}

// One plot per kind of loss: different kinds share no axis.
void DrawLossesTogether(const Models& models, const std::filesystem::path& folder,
                        std::vector<Figure>& figures) {
  std::map<std::string, std::vector<RunCurve>> curves;  // by the unit of their loss
  for (const auto& [result, session] : models)
    curves[Unit(result->objective)].push_back({result->label, result->epochs});
  for (const auto& [unit, runs] : curves) {
    if (runs.size() < 2) continue;
    const bool one_loss = curves.size() == 1;
    const std::string name = unit.substr(0, unit.find(' '));  // "MSE" of "MSE per pixel"
    figures.push_back({folder, one_loss ? "loss" : fmt::format("losses-{}", name),
                       ShowsHeldOutAlone(runs.size())
                           ? "Held-out loss after each epoch."
                           : "Loss after each epoch: training solid, held out dashed.",
                       fmt::format("Loss curves of {} runs.", runs.size())});
    const std::string title =
        one_loss ? "Loss of all runs" : fmt::format("Loss of the runs trained with {}", unit);
    WriteLinePlot(figures.back(), LossPlot(runs, title, unit));
  }
}

std::vector<Figure> DrawLosses(const Models& models, const std::filesystem::path& folder) {
  std::vector<Figure> figures;
  DrawLossesTogether(models, folder, figures);
  for (const auto& [result, session] : models) {
    const size_t drops = LearningRateDrops(result->epochs).size();
    const bool steadily = result->epochs.back().learning_rate() < result->epochs.front().learning_rate();
    figures.push_back(
        {folder, models.size() > 1 ? "loss-" + result->name : "loss",
         fmt::format("{}: loss after each epoch; {}", result->label,
                     drops > 0  ? "dashed lines mark where the learning rate drops."
                     : steadily ? "the learning rate falls from epoch to epoch."
                                : "the learning rate never dropped."),
         fmt::format("Training and held-out loss from epoch {} to {}, ending at {:.4f} and {:.4f}.",
                     result->epochs.front().epoch(), result->epochs.back().epoch(),
                     result->epochs.back().train_loss(), result->epochs.back().held_out_loss())});
    WriteLinePlot(figures.back(),
                  LossPlot({{"", result->epochs}}, "Loss, " + result->label, Unit(result->objective)));
  }
  return figures;
}

// The loss of one run after each epoch: training, held out, and held out with noise on the input.
Figure DrawNoise(const RunResult& result, const std::filesystem::path& folder) {
  const LinePlot plot =
      LossPlot({{"", result.epochs}}, "Held-out error with noise on the input, " + result.label,
               Unit(result.objective));
  Figure figure{
      folder, "noise-" + result.name,
      result.label + ": training loss, and held-out loss of clean and of noisy input, after each epoch.",
      fmt::format("Curves up to epoch {}; at the end the held-out loss is {:.4f}.",
                  result.epochs.back().epoch(), result.epochs.back().held_out_loss())};
  WriteLinePlot(figure, plot);
  return figure;
}

// Images above the outputs of each model.
PictureGrid OutputsOfAll(const std::string& title, const Models& models, const Dataset& data,
                         const std::vector<int64_t>& ids, std::vector<std::string> labels) {
  const Tensor images = ReadPixels(data, ids);
  std::vector<Reconstruction> results;
  for (const auto& [result, session] : models) results.push_back(ReconstructImages(*session, images));
  std::vector<PictureKind> kinds = {{"input", &images}};
  for (size_t i = 0; i < models.size(); ++i) {
    kinds.push_back({models.size() > 1 ? models[i].result->label : "output", &results[i].output});
  }
  return GroupGrid(title, kinds, std::move(labels));
}

Figure DrawReconstruction(const Recipe& recipe, const Models& models, const Dataset& data,
                          const std::filesystem::path& folder) {
  const auto ids = PickToShow(data, recipe.pictures.reconstruct);
  Figure figure{folder, "reconstruction",
                "Images not seen in training, and what each model makes of them." +
                    CaptionEnd(ExplainImageLabels(data, ids)),
                fmt::format("{} images: input, then the output of {} models.", ids.size(), models.size())};
  WritePictureGrid(figure, OutputsOfAll("Reconstruction", models, data, ids, ImageLabels(data, ids)));
  return figure;
}

// The order is that of the first model, because the errors of several can differ by powers of ten.
Figure DrawBestToWorst(const Recipe& recipe, const Models& models, const Dataset& data,
                       const std::filesystem::path& folder) {
  const auto& [first, session] = models.front();
  const auto ranked = PickByRank(ReconstructionErrors(*session, data).each, recipe.pictures.best_to_worst);
  const std::vector<int64_t> ids = IdsOf(ranked);
  Figure figure{folder, "best-to-worst",
                RankCaption(data.size(), fmt::format("\"{}\"", first->label)) + "." +
                    CaptionEnd(ExplainImageLabels(data, ids)),
                fmt::format("{} images: input, then the output of {} models.", ids.size(), models.size())};
  WritePictureGrid(figure, OutputsOfAll("From the best to the worst reconstruction", models, data, ids,
                                        RankLabels(data, ranked)));
  return figure;
}

Figure DrawDenoising(const Recipe& recipe, const Models& models, const Dataset& data,
                     const std::filesystem::path& folder) {
  const Corruption noise = {CorruptionKind::kGaussian, recipe.pictures.denoise_sigma};
  const auto ids = PickToShow(data, recipe.pictures.denoise);
  const Tensor images = ReadPixels(data, ids);
  const auto seed = static_cast<uint64_t>(recipe.runs.front().config.values.seed);
  std::vector<ModelDenoising> results;
  for (const auto& [result, session] : models) {
    results.push_back({result->label, DenoiseImages(*session, images, ids, noise, seed)});
  }
  const bool all_clean = std::ranges::all_of(
      recipe.runs, [](const RecipeRun& run) { return run.config.values.corruption().none(); });
  Figure figure{
      folder, "denoising",
      fmt::format("Input, input with noise (σ = {:g}, not clipped), and what {} makes of it.", noise.amount,
                  all_clean ? "a model trained on clean images" : "each model") +
          CaptionEnd(ExplainImageLabels(data, ids)),
      fmt::format("Triples of {} images; one row for each of {} models.", ids.size(), models.size())};
  WritePictureGrid(figure, DenoisingGrid("Denoising", results, ImageLabels(data, ids)));
  return figure;
}

Figure DrawInterpolation(const Recipe& recipe, const Models& models, const Dataset& data,
                         const std::filesystem::path& folder) {
  const RecipePictures& wanted = recipe.pictures;
  const std::vector<int64_t> ends = PickToShow(data, wanted.interpolate);
  const Tensor pair = ReadPixels(data, ends);
  std::vector<ModelInterpolation> results;
  for (const auto& [result, session] : models) {
    results.push_back(
        {models.size() > 1 ? result->label : "", Interpolate(*session, pair, wanted.interpolate_steps)});
  }
  const auto name = [&](size_t i) {
    return data.labels().empty() ? fmt::format("image {}", ends[i])
                                 : ShownClassName(data, data.labels()[static_cast<size_t>(ends[i])]);
  };
  Figure figure{folder, "interpolation",
                fmt::format("From {} to {} along the straight line between their codes, code = code₁ + "
                            "(i/{})·(code₂ − code₁). {}",
                            name(0), name(1), wanted.interpolate_steps, kMixedPixels) +
                    CaptionEnd(ExplainImageLabels(data, ends)),
                fmt::format("A row of pictures for each of {} models that turns one image into the other.",
                            models.size())};
  WritePictureGrid(
      figure, InterpolationGrid("Interpolation", results,
                                {.decoded_ends = wanted.interpolate_ends, .ends = ImageLabels(data, ends)}));
  return figure;
}

// One model trained with several seeds.
ErrorAndScore MeanOf(const std::vector<ErrorAndScore>& seeds) {
  const auto mean = [&](double ErrorAndScore::*value) {
    std::vector<double> values;
    for (const ErrorAndScore& one : seeds) values.push_back(one.*value);
    return SampleMean(values);
  };
  const std::string& label = seeds.front().label;
  return {.label = seeds.size() == 1 ? label : fmt::format("{}, {} seeds", label, seeds.size()),
          .mse = mean(&ErrorAndScore::mse),
          .score = mean(&ErrorAndScore::score),
          .new_score = mean(&ErrorAndScore::new_score)};
}

}  // namespace

StudyFigures DrawStudyFigures(const Recipe& recipe, const Models& all, const DataSplits& data,
                              const std::filesystem::path& folder) {
  const Models models = WithoutRepeats(all), shown = WithoutControls(models);
  StudyFigures figures;
  figures.losses = DrawLosses(models, folder);
  figures.reconstruction = DrawReconstruction(recipe, shown, *data.held_out, folder);
  if (recipe.pictures.best_to_worst > 0)
    figures.best_to_worst = DrawBestToWorst(recipe, shown, *data.held_out, folder);
  if (!recipe.pictures.denoise.empty()) {
    for (const StudyModel& one : models) figures.noise.push_back(DrawNoise(*one.result, folder));
    figures.denoising = DrawDenoising(recipe, shown, *data.held_out, folder);
  }
  if (!recipe.pictures.interpolate.empty()) {
    figures.interpolation = DrawInterpolation(recipe, shown, *data.held_out, folder);
  }
  return figures;
}

Figure DrawCostOfContext(const ProbedNeighbours& probed, std::span<const RunResult> results,
                         const std::filesystem::path& folder) {
  constexpr int64_t kShown = 20;
  const Distance by = probed.distances.back();
  std::vector<ErrorAndScore> models;
  const auto of = [&](const ScoredCode& code, double mse) {
    return ErrorAndScore{.label = code.label,
                         .mse = mse,
                         .score = ScoresOf(code, by, kShown).score,
                         .new_score = NewScoresOf(code, by, kShown).score.mean};
  };
  for (const RunResult& result : results) {
    if (!result.repeat_of.empty()) continue;
    std::vector<ErrorAndScore> seeds;
    for (const RunResult& one : results) {
      const ScoredCode* code = FindCode(probed, one.name);
      const bool same = one.name == result.name || one.repeat_of == result.name;
      if (same && code != nullptr) seeds.push_back(of(*code, one.held_out_mse));
    }
    if (!seeds.empty()) models.push_back(MeanOf(seeds));
  }
  const ScoredCode* pca = FindCode(probed, kPcaCode);
  const auto same_size = [&](const RunResult& run) { return run.code_size == pca->codes.row_size(); };
  if (pca != nullptr) models.push_back(of(*pca, std::ranges::find_if(results, same_size)->pca_mse));
  return DrawErrorAndScore(folder, models, by, ScoresOf(probed.codes.front(), by, kShown).k);
}

}  // namespace hourglass
