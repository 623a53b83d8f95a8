// Whole trainings on the emulation of CUDA, beside the processor's.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/file.h"
#include "hourglass/cuda/cuda_backend.h"
#include "hourglass/model/architecture.h"
#include "hourglass/train/checkpoint.h"
#include "hourglass/train/trainer.h"
#include "support/random.h"
#include "support/temporary_directory.h"
#include "train/tiny_data.h"

namespace hourglass {
namespace {

using cuda::emulation::Order;
using Flags = std::vector<std::pair<std::string, std::string>>;

constexpr char kWithDropout[] = R"toml(title = "Dropout"
encoder = [
  {name = "fc1", kind = "dense", outputs = 20, activation = "leaky_relu"},
  {name = "dropout", kind = "dropout", probability = "dropout"},
  {name = "fc2", kind = "dense", outputs = "code", activation = "tanh"},
]
decoder = [
  {name = "fc3", kind = "dense", mirrors = "fc2"},
  {name = "gelu", kind = "gelu"},
  {name = "fc4", kind = "dense", outputs = "pixels", activation = "sigmoid"},
]
)toml";

struct Training {
  std::string name;
  std::string architecture;
  Flags flags;
  double tolerance;  // of losses, relative
};

std::vector<Training> Trainings() {
  constexpr double kF32 = 2e-5;
  return {
      {"Adam", "mlp4", {}, kF32},
      {"AdamTf32", "mlp4", {{"precision", "tf32"}}, 1e-3},
      {"AdamWL1Bf16", "mlp4", {{"optimizer", "adamw"}, {"loss", "l1"}, {"precision", "bf16"}}, 5e-3},
      {"AdamaxNoise", "mlp4", {{"optimizer", "adamax"}, {"corrupt", "gaussian:0.3"}}, kF32},
      {"SgdClipped", "deep-relu", {{"optimizer", "sgd"}, {"clip_norm", "0.5"}}, kF32},
      {"MuonShifted", "mlp4", {{"optimizer", "muon"}, {"flip", "true"}, {"shift", "1"}}, 1e-4},
      {"Dropout", "", {{"loss", "mse:1,ssim:0.2"}, {"dropout", "0.2"}, {"corrupt", "masking:0.2"}}, kF32},
      {"Convolutions", "conv-large", {{"loss", "huber"}, {"corrupt", "occlusion:0.2"}}, kF32},
      {"Residual", "conv-map", {{"code_size", "16"}, {"corrupt", "salt_pepper:0.1"}}, kF32},
      {"Gaussian", "mlp4", {{"bottleneck", "gaussian"}, {"loss", "bce"}, {"free_bits", "0.1"}}, kF32},
      {"Neighbours", "mlp4", {{"neighbourhood", "0.1"}, {"correlation", "0.1"}, {"code_size", "2"}}, 1e-4}};
}

class EmulatedTraining : public testing::TestWithParam<Training> {
 protected:
  TrainConfig Config() const {
    Flags flags = {{"code_size", "3"}, {"batch", "50"}, {"epochs", "2"}, {"precision", "f32"}, {"seed", "5"}};
    for (const auto& flag : GetParam().flags) flags.push_back(flag);
    return WithUnsetKeys(ResolveConfig("", {}, flags)).values;
  }
  GpuOptions Options() const { return {.tf32 = Config().precision == kTf32}; }
  std::unique_ptr<Trainer> Start(Backend& backend) const {
    const TrainConfig config = Config();
    WriteFileAtomically(folder_ / "dropout.toml", kWithDropout);
    const std::string model =
        GetParam().architecture.empty() ? (folder_ / "dropout.toml").string() : GetParam().architecture;
    Architecture architecture = MakeArchitecture(model, {1, 8, 8}, config.code_size, config.dropout,
                                                 BottleneckNamed(config.bottleneck));
    const DType precision = config.precision == "bf16" ? DType::kBF16 : DType::kF32;
    return std::make_unique<Trainer>(config, std::move(architecture), data_, backend, precision);
  }

  test::TemporaryDirectory folder_;
  DataSplits data_ = BlobSplits(200, 40);
  TrainObserver quiet_;
};

TEST_P(EmulatedTraining, LossesAreTheProcessors) {
  const auto cpu = MakeBackend({.threads = 1});
  for (const Order order : {Order::kForward, Order::kShuffled}) {
    const auto expected = Start(*cpu);
    cuda::CudaBackend emulated("emulated", std::make_unique<cuda::Stream>(order), Options());
    const auto trainer = Start(emulated);
    for (const int64_t epoch : {1, 2}) {
      const EpochMetrics metrics = *trainer->RunEpoch(epoch, quiet_),
                         wanted = *expected->RunEpoch(epoch, quiet_);
      EXPECT_NEAR(metrics.train_loss() / wanted.train_loss(), 1, GetParam().tolerance) << epoch;
      EXPECT_NEAR(metrics.held_out_loss() / wanted.held_out_loss(), 1, GetParam().tolerance) << epoch;
    }
    // Two buffers may take turns, so of 4 steps per epoch, the third is like the first. The first step of all
    // allocates, and the number of the epoch may make steps of their own.
    EXPECT_GE(emulated.stream().replays(), 2);
  }
}

// Random numbers differ from epoch to epoch, but not the step that draws them, which runs as recorded.
TEST(EmulatedSteps, OfOtherEpochsAreAlike) {
  cuda::CudaBackend backend("emulated", std::make_unique<cuda::Stream>(Order::kForward), GpuOptions{});
  const std::vector<int64_t> ids = {3, 1};
  const Tensor clean = test::RandomTensor({2, 1, 4, 4}, DType::kF32, 1, 0, 1).CopyTo(backend.device());
  Tensor x = clean.CopyTo(backend.device()), y(backend.device());
  const Rng rng(1, Stream::kNoise);
  std::set<std::vector<float>> results;
  for (const uint32_t epoch : {1, 2, 3, 4}) {
    backend.Corrupt({CorruptionKind::kGaussian, 0.1}, rng, epoch, ids, x);
    backend.Augment({.shift = 1, .colour_jitter = 0.5}, rng, epoch, ids, x, y);
    backend.Dropout(rng, epoch, ids, 0, 0.5f, y, x);
    backend.EndStep();
    const Tensor host = x.CopyTo(HostDevice());
    results.insert(std::vector<float>(host.span<float>().begin(), host.span<float>().end()));
  }
  EXPECT_EQ(results.size(), 4) << "other numbers each time";
  EXPECT_EQ(backend.stream().replays(), 2) << "the first step allocates";
}

// The state of training as a checkpoint has it.
SafetensorsFile StateOf(Trainer& trainer, const RunProgress& progress) {
  return ToCheckpoint(trainer.model(), trainer.optimizer(), progress, Json::object());
}

void ExpectSameTensors(const SafetensorsFile& a, const SafetensorsFile& b) {
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (size_t i = 0; i < a.tensors.size(); ++i) {
    const Tensor &x = a.tensors[i].tensor, &y = b.tensors[i].tensor;
    ASSERT_EQ(x.byte_size(), y.byte_size());
    EXPECT_EQ(std::memcmp(x.raw(), y.raw(), x.byte_size()), 0) << a.tensors[i].name;
  }
}

// The order of threads changes no bit, nor does a checkpoint after the first epoch.
TEST_P(EmulatedTraining, ResumesToTheBit) {
  cuda::CudaBackend emulated("emulated", std::make_unique<cuda::Stream>(Order::kForward), Options());
  cuda::CudaBackend other("emulated too", std::make_unique<cuda::Stream>(Order::kReverse), Options());
  const auto whole = Start(emulated), first = Start(other), second = Start(other);
  RunProgress progress;
  whole->RunEpoch(1, quiet_);
  progress.epochs.push_back(*first->RunEpoch(1, quiet_));
  progress.optimizer_steps = first->optimizer().steps();
  progress.schedule = first->schedule().State();
  second->Restore(StateOf(*first, progress), "memory", progress);
  whole->RunEpoch(2, quiet_);
  second->RunEpoch(2, quiet_);
  progress.optimizer_steps = second->optimizer().steps();
  ExpectSameTensors(StateOf(*whole, progress), StateOf(*second, progress));
}

INSTANTIATE_TEST_SUITE_P(Trainings, EmulatedTraining, testing::ValuesIn(Trainings()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace hourglass
