#include "hourglass/study/noise_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "hourglass/analysis/evaluation.h"
#include "hourglass/analysis/measurements.h"
#include "hourglass/core/error.h"
#include "hourglass/core/json.h"

namespace hourglass {
namespace {

std::filesystem::path PathIn(const RunDirectory& run) {
  return run.path() / "noisy.json";
}

// One list an epoch for each sigma; null where nothing was measured.
std::vector<std::vector<double>> ReadErrors(const std::filesystem::path& path) {
  std::vector<std::vector<double>> errors(std::size(kReportSigmas));
  if (!std::filesystem::exists(path)) return errors;
  const Json json = ReadJson(path);
  const auto fits = [](const Json& of_sigma) {
    return of_sigma.is_object() && of_sigma.contains("mse") && of_sigma["mse"].is_array();
  };
  if (!json.is_array() || json.size() != errors.size() || !std::ranges::all_of(json, fits)) {
    throw DataError(
        {.what = fmt::format("{}: not the errors of {} noise levels", path.string(), errors.size()),
         .hint = "remove the file: the curves then begin at the next epoch"});
  }
  for (size_t i = 0; i < errors.size(); ++i) {
    for (const Json& value : json[i]["mse"]) {
      errors[i].push_back(value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN());
    }
  }
  return errors;
}

void WriteErrors(const std::filesystem::path& path, const std::vector<std::vector<double>>& errors) {
  Json json = Json::array();
  for (size_t i = 0; i < errors.size(); ++i)
    json.push_back({{"sigma", kReportSigmas[i]}, {"mse", errors[i]}});
  WriteJson(path, json);
}

}  // namespace

NoiseLog::NoiseLog(const TrainingRun& run, const DataSplits& data, uint64_t noise_seed, TrainObserver& inner)
    : run_(run),
      data_(data),
      noise_seed_(noise_seed),
      inner_(inner),
      errors_(ReadErrors(PathIn(run.directory()))) {
  const int64_t done = run.progress().epochs_done();
  for (auto& of_sigma : errors_) {
    of_sigma.resize(static_cast<size_t>(done), std::numeric_limits<double>::quiet_NaN());
  }
  // A program killed between an epoch's checkpoint and its line here left the model of just that epoch.
  if (done > 0 && std::isnan(errors_.front().back())) Measure(done);
}

void NoiseLog::OnEpoch(const EpochMetrics& metrics) {
  Measure(metrics.epoch);
  inner_.OnEpoch(metrics);
}

void NoiseLog::Measure(int64_t epoch) {
  for (size_t i = 0; i < errors_.size(); ++i) {
    errors_[i].resize(static_cast<size_t>(epoch), std::numeric_limits<double>::quiet_NaN());
    errors_[i].back() = ReconstructionError(
        run_.model(), *data_.held_out,
        {.corruption = {CorruptionKind::kGaussian, kReportSigmas[i]}, .seed = noise_seed_});
  }
  WriteErrors(PathIn(run_.directory()), errors_);
}

}  // namespace hourglass
