#include "hourglass/train/self_test.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>

#include "hourglass/data/open_data.h"
#include "hourglass/data/subset.h"
#include "hourglass/train/trainer.h"

namespace hourglass {
namespace {

constexpr int64_t kBatch = 100, kEpochs = 2;

struct TestedModel {
  std::string name;
  DType precision;
  double tolerance;  // bf16 has 8 bits, and its differences grow from step to step
};

// What one training came to.
struct Outcome {
  std::vector<double> losses;  // of training and held-out images, epoch by epoch
  std::string checksum;        // of the parameters
  double seconds_per_step = 0;
};

std::shared_ptr<const Dataset> FirstImages(std::shared_ptr<const Dataset> data, int64_t count) {
  std::vector<int64_t> ids(static_cast<size_t>(std::min(count, data->size())));
  std::iota(ids.begin(), ids.end(), int64_t{0});
  return std::make_shared<Subset>(std::move(data), std::move(ids));
}

DataSplits TestedImages(int64_t steps) {
  DataSplits data = OpenData({.name = "digits"});
  const int64_t steps_per_epoch = std::max<int64_t>(1, steps / kEpochs);
  data.train = FirstImages(data.train, kBatch * steps_per_epoch);
  data.held_out = FirstImages(data.held_out, 2 * kBatch);
  return data;
}

Outcome TrainOn(const BackendOptions& machine, const TestedModel& tested, const DataSplits& data) {
  TrainConfig config;
  config.model = tested.name;
  config.code_size = 8;
  config.batch = kBatch;
  config.epochs = kEpochs;
  config.eval_noise = {0};
  const auto backend = MakeBackend(machine);
  Architecture architecture = MakeArchitecture(config.model, data.train->image_shape(), config.code_size);
  Trainer trainer(config, std::move(architecture), data, *backend, tested.precision);
  TrainObserver quiet;
  Outcome outcome;
  for (int64_t epoch = 1; epoch <= kEpochs; ++epoch) {
    const EpochMetrics metrics = *trainer.RunEpoch(epoch, quiet);
    outcome.losses.insert(outcome.losses.end(), {metrics.train_loss(), metrics.held_out_loss()});
    const auto steps = static_cast<double>((data.train->size() + kBatch - 1) / kBatch);
    outcome.seconds_per_step = metrics.seconds() / steps;
  }
  outcome.checksum = trainer.model().checksum();
  return outcome;
}

double LargestDifference(const Outcome& outcome, const Outcome& expected) {
  double largest = 0;
  for (size_t i = 0; i < expected.losses.size(); ++i)
    largest = std::max(largest, std::abs(outcome.losses[i] / expected.losses[i] - 1));
  return largest;
}

SelfTestResult Test(const std::string& device, const TestedModel& tested, const DataSplits& data) {
  const Outcome expected = TrainOn({.threads = 1}, tested, data);
  const Outcome first = TrainOn({.device = device}, tested, data);
  const Outcome again = TrainOn({.device = device}, tested, data);
  SelfTestResult result = {.model = tested.name,
                           .precision = tested.precision,
                           .repeats = first.checksum == again.checksum,
                           .recorded_alike = std::nullopt,
                           .difference = LargestDifference(first, expected),
                           .tolerance = tested.tolerance,
                           .seconds_per_step = std::min(first.seconds_per_step, again.seconds_per_step)};
  if (device != kCpuDevice) {
    const Outcome call_by_call = TrainOn({.device = device, .record_steps = false}, tested, data);
    result.recorded_alike = first.checksum == call_by_call.checksum;
  }
  return result;
}

}  // namespace

void TestDevice(const std::string& device, int64_t steps,
                const std::function<void(const SelfTestResult&)>& done) {
  const DataSplits data = TestedImages(steps);
  const TestedModel models[] = {{"mlp4", DType::kF32, 1e-3},      {"mlp4", DType::kBF16, 3e-2},
                                {"deep-relu", DType::kF32, 1e-3}, {"deep-relu", DType::kBF16, 3e-2},
                                {"conv", DType::kF32, 1e-3},      {"conv", DType::kBF16, 3e-2}};
  for (const TestedModel& model : models) done(Test(device, model, data));
}

}  // namespace hourglass
