#include "hourglass/train/metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

constexpr char kEpoch[] = "epoch";
constexpr std::string_view kTrain = "train/", kLoss = "/loss";

bool IsHeldOutLoss(const Metric& metric) {
  return metric.name.ends_with(kLoss) && !metric.name.starts_with(kTrain);
}

}  // namespace

void EpochMetrics::Set(std::string name, double value) {
  const auto found = std::ranges::find(values_, name, &Metric::name);
  if (found != values_.end()) {
    found->value = value;
  } else {
    values_.push_back({std::move(name), value});
  }
}

std::optional<double> EpochMetrics::Find(std::string_view name) const {
  const auto found = std::ranges::find(values_, name, &Metric::name);
  if (found == values_.end()) return std::nullopt;
  return found->value;
}

double EpochMetrics::At(std::string_view name) const {
  const std::optional<double> value = Find(name);
  if (value) return *value;
  throw UsageError({.what = fmt::format("epoch {} has no metric '{}'", epoch_, name)});
}

std::string EpochMetrics::held_out_name() const {
  const auto found = std::ranges::find_if(values_, IsHeldOutLoss);
  if (found == values_.end())
    throw UsageError({.what = fmt::format("epoch {} has no held-out loss", epoch_)});
  return found->name.substr(0, found->name.size() - kLoss.size());
}

std::optional<double> EpochMetrics::FindHeldOut(std::string_view name) const {
  return Find(fmt::format("{}/{}", held_out_name(), name));
}

double TotalSeconds(std::span<const EpochMetrics> epochs) {
  double sum = 0;
  for (const EpochMetrics& epoch : epochs) sum += epoch.seconds();
  return sum;
}

Json ToJson(const EpochMetrics& metrics) {
  Json json = {{kEpoch, metrics.epoch()}};
  for (const Metric& metric : metrics.values()) json[metric.name] = metric.value;
  return json;
}

EpochMetrics EpochMetricsFromJson(const Json& json, std::string_view where) {
  const auto bad = [where](std::string got) {
    return DataError({.what = fmt::format("{}: bad metrics of an epoch", where),
                      .expected = "an object with epoch, train/loss, test/loss (or val/loss), lr and seconds",
                      .got = std::move(got)});
  };
  try {
    EpochMetrics metrics(json.at(kEpoch).get<int64_t>());
    for (const auto& [name, value] : json.items()) {
      if (name != kEpoch) metrics.Set(name, value.get<double>());
    }
    for (const char* name : {"train/loss", "lr", "seconds"}) {
      if (!metrics.Find(name)) throw bad(fmt::format("no {}", name));
    }
    if (std::ranges::none_of(metrics.values(), IsHeldOutLoss)) throw bad("no held-out loss");
    return metrics;
  } catch (const Json::exception& error) {
    throw bad(ReasonOf(error));
  }
}

}  // namespace hourglass
