// Compares the engine with PyTorch: on the processor, on the emulation of CUDA, and on a GPU if a module and
// a GPU are found. The values are stored beside this file, with the script that made them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/json.h"
#include "hourglass/cuda/cuda_backend.h"
#include "hourglass/model/model_file.h"
#include "hourglass/nn/layer.h"
#include "hourglass/optim/optimizer.h"
#include "hourglass/optim/reduce_lr_on_plateau.h"
#include "hourglass/train/epoch_order.h"
#include "hourglass/train/flat_layout.h"
#include "hourglass/train/trainer.h"

namespace hourglass {
namespace {

// $GOLDEN_DIR: where the values lie on another machine than the one that built this program.
std::filesystem::path GoldenFolder() {
  const char* folder = std::getenv("GOLDEN_DIR");
  return folder != nullptr ? folder : HOURGLASS_GOLDEN_DIR;
}
const std::filesystem::path kGolden = GoldenFolder();

// Where a test computes.
enum class Machine { kProcessor, kEmulatedGpu, kGpu };

std::vector<Machine> Machines() {
  std::vector<Machine> machines = {Machine::kProcessor, Machine::kEmulatedGpu};
  if (ChooseDevice(kAutoDevice).gpu()) machines.push_back(Machine::kGpu);
  return machines;
}

std::string Name(Machine machine) {
  switch (machine) {
    case Machine::kProcessor:
      return "Processor";
    case Machine::kEmulatedGpu:
      return "EmulatedGpu";
    case Machine::kGpu:
      break;
  }
  return "Gpu";
}

std::unique_ptr<Backend> BackendOf(Machine machine, int threads = 1) {
  if (machine == Machine::kProcessor) return MakeBackend({.threads = threads});
  if (machine == Machine::kGpu) return MakeBackend({.device = ChooseDevice(kAutoDevice).name});
  return std::make_unique<cuda::CudaBackend>(
      "cuda-emulated", std::make_unique<cuda::Stream>(cuda::emulation::Order::kShuffled), GpuOptions{});
}

std::unique_ptr<Model> LoadModelOn(Device& device, const std::filesystem::path& path) {
  std::unique_ptr<Model> model = LoadModel(path).model;
  model->MoveTo(device);
  return model;
}

Tensor ZeroSums(int64_t terms, Device& device) {
  Tensor sums({terms}, DType::kF64);
  std::ranges::fill(sums.span<double>(), 0.0);
  return sums.CopyTo(device);
}

std::vector<double> MeansOf(const Tensor& sums, int64_t rows) {
  const Tensor on_host = OnHost(sums);
  std::vector<double> means(on_host.span<double>().begin(), on_host.span<double>().end());
  for (double& mean : means) mean /= static_cast<double>(rows);
  return means;
}

// |got - expected| ≤ tolerance · the largest |expected|, element by element: rounding errors of a sum are
// proportional to its largest terms.
void ExpectNear(const Tensor& anywhere, const Tensor& expected, double tolerance, const std::string& name) {
  const Tensor got = OnHost(anywhere);
  ASSERT_EQ(got.size(), expected.size()) << name;
  double largest = 0, difference = 0;
  for (int64_t i = 0; i < got.size(); ++i) {
    const double value = expected.data<float>()[i];
    largest = std::max(largest, std::abs(value));
    difference = std::max(difference, std::abs(got.data<float>()[i] - value));
  }
  EXPECT_LE(difference, tolerance * largest) << name << ", largest " << largest;
}

// One training_*.safetensors: a model with its initial weights, and PyTorch's results for it.
class GoldenTraining : public testing::TestWithParam<std::tuple<const char*, Machine>> {
 protected:
  GoldenTraining()
      : file_(ReadSafetensors(path())),
        golden_(Json::parse(file_.metadata.at("golden"))),
        objectives_({.terms = ParseTerms(golden_["loss_name"].get<std::string>())}),
        model_(LoadModelOn(backend_->device(), path())),
        session_(*model_, *backend_),
        grads_(model_->layout(), backend_->device()) {}

  static std::filesystem::path path() {
    return kGolden / (std::string(std::get<0>(GetParam())) + ".safetensors");
  }
  const Tensor& golden(const std::string& name) const { return *file_.Find("golden." + name); }

  std::unique_ptr<Backend> backend_ = BackendOf(std::get<1>(GetParam()));
  SafetensorsFile file_;
  Json golden_;
  Objectives objectives_;
  std::unique_ptr<Model> model_;
  Session session_;
  FlatParams grads_;

  // The mean loss; with a gradient in grads_.
  double LossGradient(const Tensor& input, const Tensor& target) {
    return Mean(input, target, [&](const Batch& batch, Tensor& sum) {
      objectives_.Gradient(session_, batch, nullptr, grads_, sum);
    });
  }
  double Loss(const Tensor& input, const Tensor& target) {
    return Mean(input, target,
                [&](const Batch& batch, Tensor& sum) { objectives_.Value(session_, batch, nullptr, sum); });
  }

 private:
  template <class Add>
  double Mean(const Tensor& input, const Tensor& target, const Add& add) {
    Device& device = backend_->device();
    const std::vector<int64_t> ids(static_cast<size_t>(input.rows()));
    Tensor sum = ZeroSums(1, device);
    add({ids, 1, OnDevice(input, device), OnDevice(target, device)}, sum);
    return MeansOf(sum, input.rows()).front();
  }
};

TEST_P(GoldenTraining, InitialWeightsArePyTorchs) {
  const Model fresh(model_->architecture(), golden_["seed"].get<uint64_t>());
  for (const NamedParam& param : fresh.layout().named()) {
    const Tensor value = ParamView(fresh.params().flat(), param);
    const Tensor& expected = *file_.Find(param.name);
    EXPECT_TRUE(std::ranges::equal(value.span<float>(), expected.span<float>())) << param.name;
  }
}

TEST_P(GoldenTraining, ForwardIsPyTorchs) {
  ExpectNear(session_.Encode(golden("input")), golden("code"), 1e-6, "code");
  ExpectNear(session_.Reconstruct(golden("input")), golden("output"), 1e-6, "output");
}

TEST_P(GoldenTraining, LossAndGradientsArePyTorchs) {
  const double expected = golden_["loss"];
  EXPECT_NEAR(Loss(golden("input"), golden("target")), expected, 1e-6 * expected);
  EXPECT_NEAR(LossGradient(golden("input"), golden("target")), expected, 1e-6 * expected);
  for (const NamedParam& param : model_->layout().named()) {
    const Tensor got = ParamView(grads_.flat(), param);
    ExpectNear(got, golden("grad." + param.name), 1e-5, param.name);
  }
}

// Errors grow from step to step: Adam divides by the square root of a mean of squares, so small gradients
// move weights as much as large ones.
TEST_P(GoldenTraining, FortyStepsOfEachOptimizerArePyTorchs) {
  const int64_t batch = golden_["batch"], rows = golden("input").rows();
  for (size_t run = 0; run < golden_["runs"].size(); ++run) {
    const Json& settings = golden_["runs"][run];
    SCOPED_TRACE(settings["optimizer"].get<std::string>());
    LoadParameters(file_, "golden", *model_);
    const auto optimizer = MakeOptimizer({.name = settings["optimizer"],
                                          .adam = {.weight_decay = settings["weight_decay"]},
                                          .momentum = settings["momentum"]},
                                         LayoutOf(*model_, ModelPart::kAll));
    for (size_t step = 0; step < settings["losses"].size(); ++step) {
      const int64_t begin = static_cast<int64_t>(step) * batch % rows;
      const double loss =
          LossGradient(golden("input").Rows(begin, batch), golden("target").Rows(begin, batch));
      const double expected = settings["losses"][step];
      ASSERT_NEAR(loss, expected, 2e-6 * expected) << "step " << step;
      optimizer->Step(*backend_, settings["learning_rate"], grads_.flat(), model_->params().flat());
    }
    for (const NamedParam& param : model_->layout().named()) {
      ExpectNear(ParamView(model_->params().flat(), param),
                 golden(fmt::format("after.{}.{}", run, param.name)), 2e-5, param.name);
    }
  }
}

// A model with a gaussian bottleneck, fed with the same random numbers.
class GoldenVariational : public testing::TestWithParam<Machine> {
 protected:
  static std::filesystem::path path() { return kGolden / "variational.safetensors"; }
  const Tensor& golden(const std::string& name) const { return *file_.Find("golden." + name); }
  static ObjectiveSettings SettingsOf(const Json& one, int64_t pixels) {
    return {.terms = ParseTerms(one["loss"].get<std::string>()),
            .evidence = EvidenceSettings{.beta = one["beta"],
                                         .divergence = {.free_bits = one["free_bits"]},
                                         .pixel_variance = one["pixel_variance"],
                                         .pixels = pixels}};
  }

  SafetensorsFile file_ = ReadSafetensors(path());
  Json golden_ = Json::parse(file_.metadata.at("golden"));

  // Three steps of each case.
  void Train(Backend& backend);
};

void GoldenVariational::Train(Backend& backend) {
  const int64_t rows = golden("input").rows();
  std::vector<int64_t> ids(static_cast<size_t>(rows));
  std::iota(ids.begin(), ids.end(), 0);
  const Tensor input = OnDevice(golden("input"), backend.device()),
               target = OnDevice(golden("target"), backend.device());
  for (size_t number = 0; number < golden_["cases"].size(); ++number) {
    const Json& one = golden_["cases"][number];
    SCOPED_TRACE(fmt::format("case {}", number));
    const std::unique_ptr<Model> model = LoadModelOn(backend.device(), path());
    Session session(*model, backend);
    FlatParams grads(model->layout(), backend.device());
    const auto optimizer =
        MakeOptimizer({.name = "adam", .adam = {}, .momentum = 0}, LayoutOf(*model, ModelPart::kAll));
    const Objectives objectives(SettingsOf(one, model->image_shape().size()));
    for (size_t step = 0; step < one["losses"].size(); ++step) {
      Tensor sums = ZeroSums(2, backend.device());
      const auto epoch = static_cast<uint32_t>(step + 1);
      const PassNumbers numbers = {golden_["seed"].get<uint64_t>(), epoch, ids};
      objectives.Gradient(session, {ids, epoch, input, target}, &numbers, grads, sums);
      const double expected = one["losses"][step];
      EXPECT_NEAR(objectives.Loss(MeansOf(sums, rows)), expected, 2e-5 * expected) << "step " << step;
      for (const NamedParam& param : model->layout().named()) {
        ExpectNear(ParamView(grads.flat(), param), golden(fmt::format("{}.{}.{}", number, step, param.name)),
                   2e-5, param.name);
      }
      optimizer->Step(backend, 1e-3, grads.flat(), model->params().flat());
    }
  }
}

TEST_P(GoldenVariational, LossesAndGradientsOfThreeStepsArePyTorchs) {
  const int most = GetParam() == Machine::kProcessor ? 2 : 1;
  for (int threads = 1; threads <= most; ++threads) {
    SCOPED_TRACE(fmt::format("{} threads", threads));
    Train(*BackendOf(GetParam(), threads));
  }
}
INSTANTIATE_TEST_SUITE_P(Machines, GoldenVariational, testing::ValuesIn(Machines()),
                         [](const auto& machine) { return Name(machine.param); });

INSTANTIATE_TEST_SUITE_P(Golden, GoldenTraining,
                         testing::Combine(testing::Values("training_relu_mse", "training_relu_l1",
                                                          "training_tanh_mse", "training_deep_l1",
                                                          "training_conv_mse", "training_leaky_mse",
                                                          "training_residual_mse", "training_gelu_mse"),
                                          testing::ValuesIn(Machines())),
                         [](const auto& golden) {
                           return std::string(std::get<0>(golden.param)) + "_" +
                                  Name(std::get<1>(golden.param));
                         });

// What does not depend on a file of its own, on each machine.
class Golden : public testing::TestWithParam<Machine> {
 protected:
  const std::unique_ptr<Backend> backend_ = BackendOf(GetParam());
  Device& device_ = backend_->device();
};
INSTANTIATE_TEST_SUITE_P(Machines, Golden, testing::ValuesIn(Machines()),
                         [](const auto& machine) { return Name(machine.param); });

// sequence() in make_golden.py.
Tensor Sequence(const Shape& shape, int64_t salt) {
  Tensor made(shape);
  for (int64_t i = 0; i < made.size(); ++i) {
    made.data<float>()[i] = (static_cast<float>((i * 37 + salt) % 102) - 50.5F) / 64;
  }
  return made;
}

TEST_P(Golden, OutputsAndGradientsOfConvolutionsArePyTorchs) {
  const SafetensorsFile file = ReadSafetensors(kGolden / "convolutions.safetensors");
  const Json cases = Json::parse(file.metadata.at("golden"));
  ASSERT_GE(cases.size(), 20U);
  for (size_t number = 0; number < cases.size(); ++number) {
    const Json& config = cases[number]["config"];
    SCOPED_TRACE(config.dump());
    const auto layer = MakeLayer(config);
    std::vector<Tensor> params, grads;
    for (const ParamSpec& spec : layer->param_specs()) {
      params.push_back(Sequence(spec.shape, spec.name == "weight" ? 1 : 2).CopyTo(device_));
      grads.emplace_back(device_).Resize(spec.shape);
    }
    const Tensor x = Sequence(Shape(cases[number]["input"].get<std::vector<int64_t>>()), 0).CopyTo(device_);
    Tensor y(device_), dx(device_);
    layer->Forward(*backend_, params, {}, x, DType::kF32, y);
    const auto expect = [&](const Tensor& got, const std::string& name) {
      const Tensor& expected = *file.Find(fmt::format("{}.{}", number, name));
      EXPECT_EQ(got.shape(), expected.shape()) << name;
      ExpectNear(got, expected, 2e-6, name);
    };
    expect(y, "y");
    Tensor dy = Sequence(y.shape(), 3).CopyTo(device_);
    layer->Backward(*backend_, params, grads, {}, x, y, dy, &dx);
    expect(dx, "dx");
    expect(grads[0], "dw");
    expect(grads[1], "db");
  }
}

// For every loss in the table: its value, and its gradient with respect to the input of a sigmoid.
TEST_P(Golden, ValuesAndGradientsOfLossesArePyTorchs) {
  const Json cases = ReadJson(kGolden / "losses.json");
  EXPECT_EQ(cases.size(), AllLosses().size()) << "run make_golden.py: its losses are not those of the table";
  for (const Json& one : cases) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const LossSettings loss{.kind = LossNamed(one["name"].get<std::string>()), .parameter = one["parameter"]};
    const auto count = static_cast<int64_t>(one["z"].size());
    Tensor y({1, count}), target({1, count}), expected({1, count}), dz(device_), sum = ZeroSums(1, device_);
    for (int64_t i = 0; i < count; ++i) {
      const auto place = static_cast<size_t>(i);
      y.data<float>()[i] = static_cast<float>(1 / (1 + std::exp(-one["z"][place].get<double>())));
      target.data<float>()[i] = one["target"][place];
      expected.data<float>()[i] = one["gradient"][place];
    }
    backend_->LossGradient(loss, y.CopyTo(device_), target.CopyTo(device_), Activation::kSigmoid, 1,
                           Accumulation::kWrite, dz, sum, 0);
    EXPECT_NEAR(MeansOf(sum, 1).front(), one["loss"].get<double>(), 1e-6 * one["loss"].get<double>());
    ExpectNear(dz, expected, 1e-6, "gradient");
  }
}

TEST(GoldenOrders, OrdersOfEpochsArePyTorchs) {
  const Json golden = ReadJson(kGolden / "orders.json");
  ASSERT_GE(golden.size(), 5U);
  for (const Json& one : golden) {
    SCOPED_TRACE(fmt::format("seed {}, {} images", one["seed"].dump(), one["images"].dump()));
    EpochOrder order(one["seed"], one["parameters"], one["images"]);
    const auto expected = one["orders"].get<std::vector<std::vector<int64_t>>>();
    for (size_t epoch : {1, 2, 3, 3, 1}) {  // forward, repeated and backward
      EXPECT_EQ(order.Of(static_cast<int64_t>(epoch)), expected[epoch - 1]) << "epoch " << epoch;
    }
  }
}

TEST_P(Golden, AWholeTrainingIsPyTorchs) {
  const Json golden = ReadJson(kGolden / "epochs.json");
  Architecture architecture = Architecture::FromJson(golden["architecture"], "epochs.json");
  Tensor images({golden["images"], 1, 6, 6}, DType::kU8);
  for (int64_t i = 0; i < images.size(); ++i) {
    images.data<uint8_t>()[i] = static_cast<uint8_t>((i * 37 + 5) % 256);
  }
  DataSplits data;
  data.train = data.held_out = std::make_shared<InMemoryDataset>(std::move(images), std::vector<int32_t>());
  TrainConfig config;
  config.seed = golden["seed"];
  config.batch = golden["batch"];
  config.learning_rate = golden["learning_rate"];
  config.adam.weight_decay = 0;
  Trainer trainer(config, std::move(architecture), data, *backend_, DType::kF32);
  TrainObserver observer;
  for (size_t epoch = 1; epoch <= golden["losses"].size(); ++epoch) {
    const double expected = golden["losses"][epoch - 1];
    EXPECT_NEAR(trainer.RunEpoch(static_cast<int64_t>(epoch), observer)->train_loss(), expected,
                1e-6 * expected)
        << "epoch " << epoch;
  }
}

PlateauSettings SettingsOf(const Json& json) {
  PlateauSettings settings;
  for (const auto& [key, value] : json.items()) {
    if (key == "factor")
      settings.factor = value;
    else if (key == "patience")
      settings.patience = value;
    else if (key == "threshold")
      settings.threshold = value;
    else if (key == "threshold_mode")
      settings.relative = value == "rel";
    else if (key == "cooldown")
      settings.cooldown = value;
    else if (key == "min_lr")
      settings.min_lr = value;
    else if (key == "eps")
      settings.epsilon = value;
    else
      ADD_FAILURE() << "unknown setting " << key;
  }
  return settings;
}

TEST(GoldenPlateau, LearningRatesArePyTorchs) {
  const Json golden = ReadJson(kGolden / "plateau.json");
  ASSERT_GE(golden["cases"].size(), 70U);
  for (const Json& one : golden["cases"]) {
    SCOPED_TRACE(one["trace"].dump() + " " + one["settings"].dump());
    ReduceLROnPlateau schedule(SettingsOf(one["settings"]), golden["learning_rate"]);
    const Json& losses = golden["traces"][one["trace"].get<std::string>()];
    for (size_t epoch = 0; epoch < losses.size(); ++epoch) {
      const double before = schedule.learning_rate();
      const bool lowered = schedule.Step(losses[epoch]);
      ASSERT_DOUBLE_EQ(schedule.learning_rate(), one["learning_rates"][epoch].get<double>())
          << "epoch " << epoch + 1;
      ASSERT_EQ(lowered, schedule.learning_rate() < before) << "epoch " << epoch + 1;
      if (epoch == 7) {  // resuming from the saved state must make no difference
        const Json state = schedule.State();
        schedule = ReduceLROnPlateau(SettingsOf(one["settings"]), golden["learning_rate"]);
        schedule.Restore(state);
      }
    }
  }
}

// written_by_hourglass.safetensors is a model file of this program that includes images and their
// reconstructions; check_with_pytorch.py computed the same from the file.
TEST(GoldenModelFile, PyTorchReadingItGivesTheSameOutputs) {
  const auto backend = MakeBackend({.threads = 1});
  const auto written = kGolden / "written_by_hourglass.safetensors";
  const SafetensorsFile read_by_pytorch = ReadSafetensors(kGolden / "read_by_pytorch.safetensors");
  const SafetensorsFile file = ReadSafetensors(written);
  const LoadedModel loaded = LoadModel(written);
  const Tensor output = Session(*loaded.model, *backend).Reconstruct(*file.Find("golden.input"));
  const Tensor& expected = *read_by_pytorch.Find("output");
  ASSERT_EQ(output.shape(), expected.shape());
  for (int64_t i = 0; i < output.size(); ++i) {
    ASSERT_NEAR(output.data<float>()[i], expected.data<float>()[i], 1e-6) << "element " << i;
  }
}

}  // namespace
}  // namespace hourglass
