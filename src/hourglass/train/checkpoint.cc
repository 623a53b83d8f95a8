#include "hourglass/train/checkpoint.h"

#include <fmt/format.h>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/model/model_file.h"

namespace hourglass {
namespace {

constexpr char kResume[] = "resume";
constexpr int kCheckpointSchema = 2;       // 1: a different image order
constexpr int64_t kMostThreads = 1 << 16;  // more than any machine has

bool IsPrecision(std::string_view name) {
  return name == Name(DType::kF32) || name == kTf32 || name == Name(DType::kBF16);
}

std::string StateName(const std::string& name) {
  return "optimizer." + name;
}

// Empty before the first step, when all optimizers have the same state.
auto StateOf(Optimizer& optimizer, const RunProgress& progress) {
  return progress.optimizer_steps == 0 ? decltype(optimizer.state()){} : optimizer.state();
}

Json ToJson(const RunProgress& progress) {
  Json epochs = Json::array();
  for (const EpochMetrics& metrics : progress.epochs) epochs.push_back(ToJson(metrics));
  return {{"schema_version", kCheckpointSchema},
          {"best_epoch", progress.best_epoch},
          {"optimizer_steps", progress.optimizer_steps},
          {"schedule", progress.schedule},
          {"data_checksum", progress.checksum},
          {"precision", progress.precision},
          {"threads", progress.threads},
          {"device", progress.device},
          {"processor", progress.processor},
          {"config", progress.config},
          {"epochs", std::move(epochs)}};
}

RunProgress FromJson(const Json& json, std::string_view where) {
  if (json.at("schema_version").get<int>() != kCheckpointSchema) {
    throw DataError({.what = fmt::format("{}: checkpoint of another version", where),
                     .expected = fmt::format("schema_version {}", kCheckpointSchema),
                     .got = json.at("schema_version").dump(),
                     .hint = "resume with the version that wrote it, or start a new run"});
  }
  RunProgress progress;
  for (const Json& metrics : json.at("epochs"))
    progress.epochs.push_back(EpochMetricsFromJson(metrics, where));
  json.at("best_epoch").get_to(progress.best_epoch);
  json.at("optimizer_steps").get_to(progress.optimizer_steps);
  progress.schedule = json.at("schedule");
  json.at("data_checksum").get_to(progress.checksum);
  json.at("precision").get_to(progress.precision);
  json.at("threads").get_to(progress.threads);
  progress.device = json.value("device", kCpuDevice);  // earlier versions knew no other
  json.at("processor").get_to(progress.processor);
  progress.config = json.at("config");
  const bool possible = progress.best_epoch >= 0 && progress.best_epoch <= progress.epochs_done() &&
                        progress.optimizer_steps >= 0 && progress.threads >= 1 &&
                        progress.threads <= kMostThreads && progress.config.is_object() &&
                        IsPrecision(progress.precision);
  if (!possible) {
    throw DataError(
        {.what = fmt::format("{}: impossible progress in its metadata", where),
         .expected = fmt::format("a best epoch among the {} done, at least 0 steps, 1 to {} "
                                 "threads, f32, tf32 or bf16, a configuration",
                                 progress.epochs_done(), kMostThreads),
         .got = fmt::format("best epoch {}, {} steps, {} threads, '{}', a configuration of type {}",
                            progress.best_epoch, progress.optimizer_steps, progress.threads,
                            progress.precision, progress.config.type_name())});
  }
  return progress;
}

}  // namespace

SafetensorsFile ToCheckpoint(const Model& model, Optimizer& optimizer, const RunProgress& progress,
                             const Json& training) {
  SafetensorsFile file = ToModelFile(model, training);
  for (const auto& [name, tensor] : StateOf(optimizer, progress)) {
    file.tensors.push_back({StateName(name), OnHost(*tensor)});
  }
  file.metadata[kResume] = ToJson(progress).dump();
  return file;
}

RunProgress ReadProgress(const SafetensorsFile& file, std::string_view where) {
  const auto resume = file.metadata.find(kResume);
  if (resume == file.metadata.end()) {
    throw DataError({.what = fmt::format("{} is not a checkpoint", where),
                     .expected = fmt::format("'{}' in its metadata", kResume)});
  }
  const Json json = ParseJson(resume->second, where);
  try {
    return FromJson(json, where);
  } catch (const Json::exception& error) {
    throw DataError(
        {.what = fmt::format("{}: bad '{}' in its metadata", where, kResume), .got = ReasonOf(error)});
  }
}

void RestoreCheckpoint(const SafetensorsFile& file, std::string_view where, const RunProgress& progress,
                       Model& model, Optimizer& optimizer) {
  LoadParameters(file, where, model);
  for (const auto& [name, tensor] : StateOf(optimizer, progress)) {
    const Tensor* saved = file.Find(StateName(name));
    if (saved == nullptr || saved->dtype() != DType::kF32 || saved->shape() != tensor->shape()) {
      throw DataError({.what = fmt::format("{}: bad tensor {}", where, StateName(name)),
                       .expected = "f32 " + tensor->shape().ToString(),
                       .got = saved == nullptr
                                  ? "none of that name"
                                  : fmt::format("{} {}", Name(saved->dtype()), saved->shape().ToString())});
    }
    tensor->device().CopyFromHost(tensor->raw(), saved->raw(), tensor->byte_size());
  }
  optimizer.set_steps(progress.optimizer_steps);
}

}  // namespace hourglass
