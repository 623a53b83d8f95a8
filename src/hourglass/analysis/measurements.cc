#include "hourglass/analysis/measurements.h"

#include <fmt/format.h>

#include "hourglass/analysis/evaluation.h"

namespace hourglass {
namespace {

Json ToJson(const CodeUnits& codes) {
  Json units = Json::array();
  for (const CodeUnit& unit : codes.units) {
    units.push_back(
        {{"min", unit.min}, {"max", unit.max}, {"mean", unit.mean}, {"active_share", unit.active_share}});
  }
  return {{"rectified", codes.rectified}, {"dead", codes.dead}, {"units", std::move(units)}};
}

Finding WorseThanPca(const Measurements& measured) {
  return {.severe = false,
          .what = fmt::format(
              "The {} error is above that of PCA with a code of the same size: {:.4f} against {:.4f}.",
              measured.held_out_name, measured.held_out_mse, measured.pca_mse),
          .advice =
              "Train for more epochs or with another learning rate; dead code units make the code smaller "
              "than it "
              "looks."};
}

}  // namespace

Measurements Measure(const Autoencoder& model, const DataSplits& data, uint64_t noise_seed,
                     std::span<const EpochMetrics> epochs) {
  Backend& backend = model.backend();
  Measurements result;
  result.held_out_name = data.held_out_name;
  result.train_mse = ReconstructionError(model, *data.train);
  result.held_out_mse = ReconstructionError(model, *data.held_out);
  for (const double sigma : kReportSigmas) {
    const EvaluationOptions options{.sigma = static_cast<float>(sigma), .seed = noise_seed};
    result.noisy.push_back({.sigma = sigma, .mse = ReconstructionError(model, *data.held_out, options)});
  }
  const int64_t pixels = model.image_shape().size();
  if (pixels <= Pca::kMaxPixels) {
    const int64_t d = std::min(model.code_size(), pixels);
    result.pca.emplace(backend, *data.train, d);
    result.mean_image_mse = result.pca->Error(backend, *data.held_out, 0);
    result.pca_mse = result.pca->Error(backend, *data.held_out, d);
  } else {
    result.mean_image_mse = MeanImageError(*data.train, *data.held_out);
  }
  result.codes = MeasureCodeUnits(model, *data.held_out);
  result.spread = MeasureOutputSpread(model, *data.held_out);
  result.findings = Diagnose(result.spread, result.codes, epochs);
  if (result.pca && result.held_out_mse > result.pca_mse) result.findings.push_back(WorseThanPca(result));
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
  json["baselines"] = {{"mean_image", measurements.mean_image_mse}};
  if (measurements.pca) {
    json["baselines"]["pca"] = {{"components", measurements.pca->components()},
                                {"mse", measurements.pca_mse}};
  }
  json["code"] = ToJson(measurements.codes);
  json["outputs"] = {{"variance", measurements.spread.output_variance},
                     {"image_variance", measurements.spread.image_variance},
                     {"mean", measurements.spread.output_mean},
                     {"image_mean", measurements.spread.image_mean}};
  json["findings"] = Json::array();
  for (const Finding& finding : measurements.findings) {
    json["findings"].push_back(
        {{"severe", finding.severe}, {"what", finding.what}, {"advice", finding.advice}});
  }
  return json;
}

}  // namespace hourglass
