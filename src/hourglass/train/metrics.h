// The metrics of an epoch: a list of named values, one line of metrics.jsonl. Losses are sample-weighted
// means per pixel.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/json.h"

namespace hourglass {

struct Metric {
  std::string name;
  double value;

  bool operator==(const Metric&) const = default;
};

// Values by name, in the order in which they were set. Every epoch has:
//   train/loss               mean over the epoch's batches, each measured before its step
//   test/loss or val/loss    of the held-out images after the epoch, for the same task
//   lr                       the learning rate of the epoch
//   seconds                  of training only, without evaluation and writing
// Others are present if the configuration asks for them: train/<term> (with several terms), train/objective
// (the weighted sum of all terms, with terms that are only in training: they are not in train/loss),
// test/clean_loss (with corrupted input), test/noisy_loss or, with several levels, test/noisy_loss@0.2. With
// a gaussian bottleneck, losses are in nats per image, and both parts have reconstruction, kl and elbo.
class EpochMetrics {
 public:
  explicit EpochMetrics(int64_t epoch = 0) : epoch_(epoch) {}
  EpochMetrics(int64_t epoch, std::vector<Metric> values) : epoch_(epoch), values_(std::move(values)) {}

  int64_t epoch() const { return epoch_; }  // from 1
  std::span<const Metric> values() const { return values_; }
  void Set(std::string name, double value);  // adds the value, or replaces it
  std::optional<double> Find(std::string_view name) const;

  // Present in every trained epoch. Each throws a usage Error if its value is missing.
  double train_loss() const { return At("train/loss"); }
  double held_out_loss() const { return At(held_out_name() + "/loss"); }
  // The prefix of held-out values: "test" or "val".
  std::string held_out_name() const;
  double learning_rate() const { return At("lr"); }
  double seconds() const { return At("seconds"); }
  // The held-out loss `name`, for example "clean_loss", if it was measured.
  std::optional<double> FindHeldOut(std::string_view name) const;

  bool operator==(const EpochMetrics&) const = default;

 private:
  double At(std::string_view name) const;

  int64_t epoch_;
  std::vector<Metric> values_;
};

// Training time only, summed over all epochs.
double TotalSeconds(std::span<const EpochMetrics> epochs);

Json ToJson(const EpochMetrics& metrics);
// The inverse. Throws a data Error naming `where` if a value required in every epoch is missing.
EpochMetrics EpochMetricsFromJson(const Json& json, std::string_view where);

}  // namespace hourglass
