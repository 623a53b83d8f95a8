#include "hourglass/analysis/measurements.h"

#include <fmt/format.h>

#include "hourglass/analysis/evaluation.h"
#include "hourglass/analysis/robustness.h"
#include "hourglass/core/text.h"

namespace hourglass {
namespace {

Json ToJson(const CodeUnits& codes) {
  Json units = Json::array();
  for (const CodeUnit& unit : codes.units) {
    units.push_back({{"min", unit.min},
                     {"max", unit.max},
                     {"mean", unit.mean},
                     {"active_share", unit.active_share},
                     {"variance", unit.variance}});
    if (unit.divergence) units.back()["divergence"] = *unit.divergence;
  }
  return {{"rectified", codes.rectified},
          {"dead", codes.dead},
          {"used", codes.used()},
          {"units", std::move(units)}};
}

Finding WorseThanPca(const Measurements& measured) {
  return {.severe = false,
          .name = "worse than PCA",
          .what = fmt::format(
              "The {} error is above that of PCA with a code of the same size: {:.4f} against {:.4f}.",
              measured.held_out_name, measured.held_out_mse, measured.pca_mse),
          .advice =
              "Train for more epochs or with another learning rate; dead code units make the code smaller "
              "than it looks."};
}

Finding WorseThanWiener(const DenoisingError& denoising) {
  return {
      .severe = false,
      .name = "worse than Wiener",
      .what = fmt::format("On its own task, {}, the model is not better than the linear Wiener filter: "
                          "{:.4f} against {:.4f}.",
                          Describe(denoising.corruption), denoising.mse, *denoising.wiener_mse),
      .advice =
          "The filter has no bottleneck; a wider code, more epochs or a larger model may be needed to beat "
          "it."};
}

DenoisingError MeasureDenoising(Session& session, const Dataset& data, const Corruption& corruption,
                                uint64_t noise_seed, const std::optional<PixelCovariance>& covariance) {
  const double amounts[] = {corruption.amount};
  const Robustness result =
      MeasureRobustness(std::vector<LabelledModel>{{"model", &session}}, data, corruption.kind, amounts,
                        noise_seed, covariance ? &*covariance : nullptr);
  DenoisingError error{.corruption = corruption,
                       .mse = result.models.front().points.front().mse,
                       .corrupted_mse = result.corrupted.points.front().mse,
                       .wiener_mse = std::nullopt};
  if (result.wiener) error.wiener_mse = result.wiener->points.front().mse;
  return error;
}

// Nothing if the task is another one or if images are too large, which `result` then says.
std::optional<PixelCovariance> CovarianceForWiener(Backend& backend, const Dataset& train,
                                                   const Corruption& task, Measurements& result) {
  if (task.none() || task.kind != CorruptionKind::kGaussian) return {};
  if (const std::string why_not = WhyNoWienerFilter(train.image_shape().size()); !why_not.empty()) {
    result.omissions.push_back(why_not);
    return {};
  }
  return PixelCovariance(backend, train);
}

// The mean image, and PCA with as many components as the code has numbers.
// `covariance` of the training images, if it is there already.
void MeasureLinearCode(Backend& backend, const DataSplits& data, const Model& model,
                       const std::optional<PixelCovariance>& covariance, Measurements& result) {
  const int64_t pixels = model.image_shape().size(), most = Pca::MostComponents(pixels);
  result.pca_components = std::min(model.code_size(), pixels);
  std::string why_not;
  if (result.pca_components == pixels) {
    why_not = "PCA is left out: with as many components as an image has numbers, it loses nothing.";
  } else if (result.pca_components > most) {
    why_not =
        fmt::format("PCA with {} components is left out: for images of {} numbers, at most {} are computed.",
                    result.pca_components, Grouped(pixels), most);
  }
  if (!why_not.empty()) {
    result.omissions.push_back(why_not);
    result.mean_image_mse = MeanImageError(*data.train, *data.held_out);
    return;
  }
  result.pca =
      covariance ? Pca(*covariance, result.pca_components) : Pca(backend, *data.train, result.pca_components);
  result.mean_image_mse = result.pca->Error(backend, *data.held_out, 0);
  result.pca_mse = result.pca->Error(backend, *data.held_out, result.pca_components);
}

}  // namespace

Measurements MeasureModel(Session& session, const DataSplits& data, const TrainConfig& config,
                          std::span<const EpochMetrics> epochs) {
  const auto noise_seed = static_cast<uint64_t>(config.seed);
  const Corruption corruption = config.corruption();
  Backend& backend = session.backend();
  Measurements result;
  result.held_out_name = data.held_out_name;
  result.train_mse = ReconstructionError(session, *data.train);
  ImageErrors held_out = ReconstructionErrors(session, *data.held_out);
  result.held_out_mse = held_out.mean;
  result.held_out_errors = std::move(held_out.each);
  for (const double sigma : kReportSigmas) {
    const EvaluationOptions options{.corruption = {CorruptionKind::kGaussian, sigma}, .seed = noise_seed};
    result.noisy.push_back({.sigma = sigma, .mse = ReconstructionError(session, *data.held_out, options)});
  }
  const std::optional<PixelCovariance> covariance =
      CovarianceForWiener(backend, *data.train, corruption, result);
  MeasureLinearCode(backend, data, session.model(), covariance, result);
  if (!corruption.none())
    result.denoising = MeasureDenoising(session, *data.held_out, corruption, noise_seed, covariance);
  result.codes = MeasureCodeUnits(session, *data.held_out);
  result.spread = MeasureOutputSpread(session, *data.held_out);
  result.findings = Diagnose(result.spread, result.codes, epochs,
                             {.optimizer = config.optimizer, .amount = config.adam.weight_decay});
  if (result.pca && result.held_out_mse > result.pca_mse) result.findings.push_back(WorseThanPca(result));
  if (result.denoising && result.denoising->wiener_mse &&
      result.denoising->mse >= *result.denoising->wiener_mse) {
    result.findings.push_back(WorseThanWiener(*result.denoising));
  }
  return result;
}

Json ToJson(const Measurements& measurements) {
  const std::string& name = measurements.held_out_name;
  Json json = {{"held_out_name", name}, {"train/mse", measurements.train_mse}};
  json[name + "/mse"] = measurements.held_out_mse;
  Json noisy = Json::array();
  for (const NoisyError& error : measurements.noisy)
    noisy.push_back({{"sigma", error.sigma}, {"mse", error.mse}});
  json[name + "/noisy_mse"] = std::move(noisy);
  if (const auto& denoising = measurements.denoising) {
    json["denoising"] = {{"corruption", ToString(denoising->corruption)},
                         {name + "/mse", denoising->mse},
                         {name + "/corrupted_mse", denoising->corrupted_mse}};
    if (denoising->wiener_mse) json["denoising"][name + "/wiener_mse"] = *denoising->wiener_mse;
  }
  json["baselines"] = {{"mean_image", measurements.mean_image_mse}};
  if (measurements.pca) {
    json["baselines"]["pca"] = {{"components", measurements.pca_components}, {"mse", measurements.pca_mse}};
  }
  if (!measurements.omissions.empty()) json["baselines"]["omissions"] = measurements.omissions;
  json["code"] = ToJson(measurements.codes);
  json["outputs"] = {{"variance", measurements.spread.output_variance},
                     {"image_variance", measurements.spread.image_variance},
                     {"mean", measurements.spread.output_mean},
                     {"image_mean", measurements.spread.image_mean}};
  json["findings"] = Json::array();
  for (const Finding& finding : measurements.findings) json["findings"].push_back(ToJson(finding));
  return json;
}

}  // namespace hourglass
