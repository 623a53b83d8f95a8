#include "hourglass/report/run_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>

#include "hourglass/analysis/picking.h"
#include "hourglass/report/class_labels.h"
#include "hourglass/report/loss_plot.h"
#include "hourglass/report/model_pictures.h"
#include "hourglass/report/plots.h"
#include "hourglass/train/stages.h"

namespace hourglass {
namespace {

constexpr int64_t kIntervals = 8;  // of an interpolation: nine decoded pictures with those of the ends

Figure FigureOf(const RunDirectory& run, const char* name, std::string caption, std::string alt_text) {
  return {
      .folder = run.figures(), .name = name, .caption = std::move(caption), .alt_text = std::move(alt_text)};
}

std::string CaptionOfEncoder(EncoderLesson lesson, const EpochMetrics& last) {
  if (lesson == EncoderLesson::kMap) {
    return fmt::format(
        "The encoder learns the places of the training images on a map, which have a deviation of 1; at the "
        "end {:.4f}. The {} images were placed on it by their neighbours: {:.4f}. The training loss includes "
        "mixed and noisy images.",
        last.train_loss(), last.held_out_name(), last.held_out_loss());
  }
  return fmt::format(
      "The encoder learns which two views of a batch show the same image; at the end {:.4f} nats. Views of "
      "the {} images: {:.4f}. A code that says nothing has the logarithm of the number of other views.",
      last.train_loss(), last.held_out_name(), last.held_out_loss());
}

// The epochs in which the encoder learnt alone.
void DrawEncoderLoss(const RunDirectory& run, const std::string& title, EncoderLesson lesson,
                     const std::vector<EpochMetrics>& epochs) {
  if (epochs.empty()) return;
  const EpochMetrics& last = epochs.back();
  WriteLinePlot(
      FigureOf(run, figure_name::kEncoderLoss, CaptionOfEncoder(lesson, last),
               fmt::format("Curves of training and held-out loss of codes over {} epochs.", last.epoch())),
      LossPlot({{.label = "", .epochs = epochs}}, "Encoder of " + title,
               lesson == EncoderLesson::kMap ? "squared error of codes" : "InfoNCE, nats per view"));
}

void DrawLoss(const RunDirectory& run, const std::string& title, const TrainConfig& config) {
  std::vector<EpochMetrics> epochs = run.ReadMetrics();
  const std::vector<Stage> stages = StagesOf(config);
  DrawEncoderLoss(run, title, stages.front().lesson, TakeEncoderEpochs(stages, epochs));
  if (epochs.empty()) return;
  const EpochMetrics last = epochs.back();
  const size_t drops = LearningRateDrops(epochs).size();
  std::string caption = fmt::format(
      "Loss after each epoch; at the end {:.4f} on the training images, {:.4f} held out. The training loss "
      "is the mean during the epoch; the held-out loss is measured after it, so it may be lower at first.",
      last.train_loss(), last.held_out_loss());
  if (const auto clean_loss = last.FindHeldOut("clean_loss")) {
    caption += fmt::format(
        " Both are measured on corrupted input ({}) against the clean image; on clean input the "
        "held-out loss is {:.4f}.",
        Describe(config.corruption()), *clean_loss);
  }
  if (config.schedule == "linear") {
    caption += " The learning rate falls linearly to 0.";
  } else {
    caption +=
        drops > 0 ? " Dashed lines mark where the learning rate drops." : " The learning rate never dropped.";
  }
  const std::string alt =
      fmt::format("Curves of training and held-out loss over {} epochs, ending at {:.4f} and {:.4f}.",
                  last.epoch(), last.train_loss(), last.held_out_loss());
  WriteLinePlot(
      FigureOf(run, figure_name::kLoss, caption, alt),
      LossPlot({{.label = "", .epochs = std::move(epochs)}}, "Loss of " + title, Unit(config.objective())));
}

// For a gaussian bottleneck.
void DrawEvidence(const RunDirectory& run, const std::string& title) {
  const std::vector<EpochMetrics> epochs = run.ReadMetrics();
  if (epochs.empty() || !epochs.back().Find("train/elbo")) return;
  const EpochMetrics& last = epochs.back();
  WriteLinePlot(
      FigureOf(
          run, figure_name::kEvidence,
          fmt::format("The two parts of the bound; at the end, for the {} images, the reconstruction costs "
                      "{:.2f} and the code {:.2f} nats, so the ELBO is {:.2f} nats per image.",
                      last.held_out_name(), *last.FindHeldOut("reconstruction"), *last.FindHeldOut("kl"),
                      *last.FindHeldOut("elbo")),
          fmt::format("Curves of reconstruction and KL divergence over {} epochs.", last.epoch())),
      EvidencePlot(epochs, "Parts of the bound, " + title));
}

void DrawDivergence(const RunDirectory& run, const std::string& title, const CodeUnits& codes) {
  if (!codes.gaussian()) return;
  constexpr size_t kMostBars = 40;
  std::vector<size_t> order(codes.units.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater(), [&](size_t i) { return *codes.units[i].divergence; });
  order.resize(std::min(order.size(), kMostBars));
  BarPlot plot{.title = "Divergence of each number of the code, " + title,
               .y_label = "KL divergence, nats",
               .categories = {},
               .groups = {{.label = "KL", .values = {}}}};
  for (const size_t i : order) {
    plot.categories.push_back(fmt::format("z{}", i));
    plot.groups[0].values.push_back(*codes.units[i].divergence);
  }
  WriteBarPlot(
      FigureOf(
          run, figure_name::kDivergence,
          fmt::format("How much each number of the code says about an image, largest first{}; {} of {} are "
                      "used: the means of the held-out images have a variance above 0.01.",
                      order.size() < codes.units.size() ? fmt::format(", the first {}", kMostBars) : "",
                      codes.used(), codes.units.size()),
          "Bars of the divergence of each number of the code."),
      plot);
}

void DrawTraversal(const RunDirectory& run, Session& session, const CodeUnits& codes) {
  if (!AreFinite(codes)) return;
  constexpr int64_t kSteps = 11, kMostNumbers = 10;
  const Traversal traversal = Traverse(codes, kSteps, kMostNumbers);
  WritePictureGrid(
      FigureOf(run, figure_name::kTraversal, TraversalCaption(codes, traversal),
               fmt::format("{} rows of {} decoded pictures.", traversal.numbers.size(), kSteps)),
      TraversalGrid("Each number of the code, " + ModelTitle(session.model()), session, traversal));
}

void DrawPriorSamples(const RunDirectory& run, Session& session, uint64_t seed) {
  if (!session.model().gaussian()) return;
  constexpr int64_t kSamples = 40;
  const Tensor codes = SamplePrior(session.model(), kSamples, seed);
  WritePictureGrid(
      FigureOf(run, figure_name::kPriorSamples,
               "Codes drawn from the standard normal distribution, decoded: images that the model "
               "makes up.",
               fmt::format("{} generated pictures.", kSamples)),
      TiledGrid("Samples, " + ModelTitle(session.model()), session.Decode(codes), kTileColumns));
}

void DrawBaselines(const RunDirectory& run, const std::string& title, const Measurements& measurements) {
  BarPlot plot{.title = fmt::format("Reconstruction error on the {} images", measurements.held_out_name),
               .y_label = "MSE per pixel",
               .categories = {"mean image"},
               .groups = {{.label = "MSE", .values = {measurements.mean_image_mse}}}};
  if (measurements.pca) {
    plot.categories.push_back(fmt::format("PCA\n{} components", measurements.pca_components));
    plot.groups[0].values.push_back(measurements.pca_mse);
  }
  plot.categories.push_back(title);
  plot.groups[0].values.push_back(measurements.held_out_mse);
  const auto is_own = [&](double sigma) {
    return measurements.denoising &&
           measurements.denoising->corruption == Corruption{CorruptionKind::kGaussian, sigma};
  };
  for (const NoisyError& noisy : measurements.noisy) {
    if (is_own(noisy.sigma)) continue;
    plot.categories.push_back(fmt::format("noisy input\nσ = {:g}", noisy.sigma));
    plot.groups[0].values.push_back(noisy.mse);
  }
  if (const auto& own = measurements.denoising) {
    const std::string label = CorruptionLabel(own->corruption);
    plot.categories.push_back("trained for\n" + label.substr(label.find('\n') + 1));
    plot.groups[0].values.push_back(own->mse);
    if (own->wiener_mse) {
      plot.categories.push_back("Wiener filter\n" + label.substr(label.find('\n') + 1));
      plot.groups[0].values.push_back(*own->wiener_mse);
    }
  }
  std::string alt;
  for (size_t i = 0; i < plot.categories.size(); ++i) {
    std::string category = plot.categories[i];
    std::ranges::replace(category, '\n', ' ');
    alt += fmt::format("{}{} {:.4f}", i > 0 ? "; " : "Bars: ", category, plot.groups[0].values[i]);
  }
  WriteBarPlot(
      FigureOf(run, figure_name::kBaselines,
               "Error of the mean image, of the best linear code of the same size (PCA), and of this "
               "model on clean and on noisy input.",
               alt + "."),
      plot);
}

// Images above the model's outputs and, if it is there, above the best linear code of the same size.
PictureGrid OutputsGrid(const std::string& title, Session& session, const Dataset& data,
                        const Measurements& measurements, const std::vector<int64_t>& ids,
                        std::vector<std::string> labels) {
  const Tensor images = ReadPixels(data, ids);
  const Reconstruction result = ReconstructImages(session, images);
  std::vector<PictureKind> kinds = {{"input", &result.input}, {"output", &result.output}};
  Tensor linear;
  if (measurements.pca) {
    const int64_t d = measurements.pca_components;
    linear = measurements.pca->Decode(measurements.pca->Encode(images, d));
    kinds.push_back({fmt::format("PCA\n{} components", d), &linear});
  }
  return GroupGrid(title + ", " + ModelTitle(session.model()), kinds, std::move(labels));
}

// The end of the caption of such a grid, with what is above it.
std::string OutputsCaption(const std::string& above, const Measurements& measurements, const Dataset& data,
                           const std::vector<int64_t>& ids) {
  return above + (measurements.pca ? "; below, the best linear code of the same size." : ".") +
         CaptionEnd(ExplainImageLabels(data, ids));
}

void DrawReconstruction(const RunDirectory& run, Session& session, const Dataset& data,
                        const Measurements& measurements, const std::vector<int64_t>& ids) {
  WritePictureGrid(
      FigureOf(
          run, figure_name::kReconstruction,
          OutputsCaption("Images not seen in training, and their reconstructions", measurements, data, ids),
          fmt::format("{} images in columns: input, output of the model, and PCA.", ids.size())),
      OutputsGrid("Reconstruction", session, data, measurements, ids, ImageLabels(data, ids)));
}

void DrawBestToWorst(const RunDirectory& run, Session& session, const Dataset& data,
                     const Measurements& measurements) {
  const std::vector<RankedImage> ranked = PickByRank(measurements.held_out_errors, kRankedImages);
  const std::vector<int64_t> ids = IdsOf(ranked);
  WritePictureGrid(FigureOf(run, figure_name::kBestToWorst,
                            OutputsCaption(RankCaption(data.size(), "the model"), measurements, data, ids),
                            fmt::format("{} images in columns, from an error of {:.3g} to one of {:.3g}.",
                                        ids.size(), ranked.front().error, ranked.back().error)),
                   OutputsGrid("From the best to the worst reconstruction", session, data, measurements, ids,
                               RankLabels(data, ranked)));
}

// The corruption that the model was trained with, if any, and the noise that every report shows.
std::vector<Corruption> ShownCorruptions(const TrainConfig& config) {
  std::vector<Corruption> shown;
  if (!config.corruption().none()) shown.push_back(config.corruption());
  for (const double sigma : kReportSigmas) {
    const Corruption noise = {CorruptionKind::kGaussian, sigma};
    if (std::ranges::count(shown, noise) == 0) shown.push_back(noise);
  }
  return shown;
}

void DrawDenoising(const RunDirectory& run, Session& session, const Dataset& data, const TrainConfig& config,
                   const std::vector<int64_t>& ids) {
  const Tensor images = ReadPixels(data, ids);
  std::vector<Denoising> results;
  for (const Corruption& corruption : ShownCorruptions(config)) {
    results.push_back(DenoiseImages(session, images, ids, corruption, static_cast<uint64_t>(config.seed)));
  }
  std::vector<PictureKind> kinds = {{"input", &images}};
  for (const Denoising& result : results) {
    kinds.push_back({CorruptionLabel(result.corruption), &result.corrupted});
    kinds.push_back({"output", &result.output});
  }
  const std::string trained = config.corruption().none()
                                  ? "It was trained on clean images."
                                  : fmt::format(
                                        "It was trained on corrupted input ({}), drawn again in each epoch, "
                                        "to restore the clean image: "
                                        "see the first pair of rows below the input.",
                                        Describe(config.corruption()));
  WritePictureGrid(
      FigureOf(
          run, figure_name::kDenoising,
          "Corrupted input and its reconstruction. " + trained + CaptionEnd(ExplainImageLabels(data, ids)),
          fmt::format("{} images: input, then corrupted input and output for {} corruptions.", ids.size(),
                      results.size())),
      GroupGrid("Denoising, " + ModelTitle(session.model()), kinds, ImageLabels(data, ids)));
}

void DrawInterpolation(const RunDirectory& run, Session& session, const Dataset& data) {
  std::vector<ModelInterpolation> strips;
  std::vector<int64_t> shown;
  for (const ImagePair& pair : PickPairs(data)) {
    const int64_t ids[] = {pair.from, pair.to};
    shown.insert(shown.end(), std::begin(ids), std::end(ids));
    strips.push_back(
        {.label = PairLabel(data, pair), .result = Interpolate(session, ReadPixels(data, ids), kIntervals)});
  }
  if (strips.empty()) return;
  WritePictureGrid(
      FigureOf(
          run, figure_name::kInterpolation,
          fmt::format("From one image to another along the straight line between their codes: the two "
                      "images at the ends, in between decoded codes from the reconstruction of the one to "
                      "that of the other{}. {}",
                      data.labels().empty() ? "" : ", first between two classes, then within one",
                      kMixedPixels) +
              CaptionEnd(ExplainImageLabels(data, shown)),
          fmt::format("{} rows of pictures that turn an image into another one.", strips.size())),
      InterpolationGrid("Interpolation, " + ModelTitle(session.model()), strips,
                        {.strips_per_pair = 1, .decoded_ends = true}));
}

// For a code of two numbers; not if the model gives codes that are not finite.
void DrawPlane(const RunDirectory& run, Session& session, const Dataset& data,
               const Measurements& measurements) {
  const auto finite = [](const CodeUnit& unit) { return std::isfinite(unit.mean); };
  const std::vector<CodeUnit>& units = measurements.codes.units;
  if (units.size() != 2 || !std::ranges::all_of(units, finite)) return;
  const CodeGrid codes = GridOfCodes(session, data, kPlaneSide);
  WritePictureGrid(FigureOf(run, figure_name::kCodeGrid, CodePlaneCaption(codes),
                            fmt::format("{0} × {0} decoded pictures.", kPlaneSide)),
                   CodePlane("Decoded codes, " + ModelTitle(session.model()), session, codes));
}

}  // namespace

std::string TraversalCaption(const CodeUnits& codes, const Traversal& traversal) {
  const size_t shown = traversal.numbers.size(), all = codes.units.size();
  const std::string way =
      traversal.image
          ? fmt::format(
                "below its value for image {} to {:g} above it, and all others stay as they are for it",
                *traversal.image, kTraversedDeviations)
          : fmt::format("below its mean to {:g} above it, and all others stay at their means",
                        kTraversedDeviations);
  return fmt::format(
      "Decoded codes: in each row one number of the code moves from {:g} standard deviations {}. The number "
      "with the largest {} comes first{}.{}{}",
      kTraversedDeviations, way, codes.gaussian() ? "divergence" : "variance",
      shown < all ? fmt::format("; {} of {} are shown", shown, all) : "",
      traversal.constant > 0 ? " Numbers that are the same for every image are left out." : "",
      codes.rectified ? " Where it would fall below 0, it stays at 0, because the code ends in a ReLU." : "");
}

std::string ModelTitle(const Model& model) {
  return fmt::format("{}, d = {}", model.architecture().name, model.code_size());
}

void DrawRunFigures(const RunDirectory& run, Session& session, const DataSplits& data,
                    const Measurements& measurements, const TrainConfig& config) {
  const Dataset& held_out = *data.held_out;
  const std::vector<int64_t> ids = PickOneOfEach(held_out);
  DrawLoss(run, ModelTitle(session.model()), config);
  DrawEvidence(run, ModelTitle(session.model()));
  DrawBaselines(run, ModelTitle(session.model()), measurements);
  DrawReconstruction(run, session, held_out, measurements, ids);
  DrawBestToWorst(run, session, held_out, measurements);
  DrawDenoising(run, session, held_out, config, ids);
  DrawInterpolation(run, session, held_out);
  DrawPriorSamples(run, session, static_cast<uint64_t>(config.seed));
  DrawTraversal(run, session, measurements.codes);
  DrawDivergence(run, ModelTitle(session.model()), measurements.codes);
  DrawPlane(run, session, held_out, measurements);
}

}  // namespace hourglass
