// Complete training runs: a run that is stopped and resumed must equal one that never stopped, bit for bit.
#include "hourglass/train/training_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <numeric>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/hash.h"
#include "hourglass/data/digits/digits.h"
#include "hourglass/model/model_file.h"
#include "support/temporary_directory.h"
#include "support/tiny_images.h"
#include "train/tiny_data.h"

namespace hourglass {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Flags = std::vector<std::pair<std::string, std::string>>;

// Stops before a given batch of a given epoch.
class StopAt : public TrainObserver {
 public:
  StopAt(int64_t epoch, int64_t images) : epoch_(epoch), images_(images) {}
  void OnBatch(const BatchProgress& progress) override {
    stop_ = progress.epoch == epoch_ && progress.images_done >= images_;
  }
  bool StopRequested() override { return stop_; }

 private:
  int64_t epoch_, images_;
  bool stop_ = false;
};

class TrainingRunTest : public testing::Test {
 protected:
  // Patience 0 and a threshold that is hardly ever met: the learning rate drops almost every epoch.
  static ResolvedConfig Config(const Flags& more = {}) {
    Flags flags = {{"code_size", "3"},        {"batch", "64"},
                   {"epochs", "6"},           {"threads", "2"},
                   {"precision", "f32"},      {"seed", "7"},
                   {"plateau_patience", "0"}, {"plateau_threshold", "0.5"},
                   {"learning_rate", "0.01"}, {"plateau_factor", "0.7"}};
    flags.insert(flags.end(), more.begin(), more.end());
    return WithUnsetKeys(ResolveConfig("", {}, flags));
  }
  TrainingRun Start(const std::string& name, const ResolvedConfig& config) {
    return TrainingRun::Start(config, data_, folder_ / name, {"test"});
  }
  TrainingRun Resume(const std::string& name, const ResolvedConfig& config) {
    return TrainingRun::Resume(folder_ / name, config, data_, {"test"});
  }
  // The checksum of the run's model file.
  std::string Model(const std::string& name) {
    return Sha256(ReadFile(folder_ / name / "model.safetensors"));
  }
  std::string Status(const std::string& name) {
    return ReadJson(folder_ / name / "run.json").at("status").get<std::string>();
  }
  // The text of the Error that resuming `name` with `config` throws.
  std::string Refusal(const std::string& name, const ResolvedConfig& config) {
    try {
      Resume(name, config);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return error.what();
    }
    ADD_FAILURE() << "resumed";
    return "";
  }

  test::TemporaryDirectory folder_;
  DataSplits data_ = BlobSplits();
  TrainObserver quiet_;
};

TEST_F(TrainingRunTest, LearnsAndKeepsARecord) {
  TrainingRun run = Start("run", Config({{"epochs", "15"}, {"plateau_patience", "10"}}));
  EXPECT_EQ(Status("run"), "running");
  ASSERT_TRUE(run.Train(quiet_));
  const std::vector<EpochMetrics> epochs = run.directory().ReadMetrics();
  ASSERT_EQ(epochs.size(), 15u);
  EXPECT_LT(epochs.back().train_loss(), 0.7 * epochs.front().train_loss());
  EXPECT_LT(epochs.back().held_out_loss(), 0.8 * epochs.front().held_out_loss());
  EXPECT_GT(epochs.back().FindHeldOut("noisy_loss").value(), 0);
  const Json info = ReadJson(run.directory().info());
  EXPECT_EQ(info.at("status"), "finished");
  EXPECT_EQ(info.at("parameters"), 64 * 32 + 32 + 32 * 3 + 3 + 3 * 32 + 32 + 32 * 64 + 64);
  EXPECT_EQ(info.at("data").at("checksum"), data_.checksum);
  const LoadedModel model = LoadModel(run.directory().model());
  EXPECT_EQ(model.training.at("epochs"), 15);
  EXPECT_EQ(model.training.at("test/loss").get<double>(), epochs.back().held_out_loss());
}

TEST_F(TrainingRunTest, TheSameSeedGivesTheSameBits) {
  Start("a", Config()).Train(quiet_);
  Start("b", Config()).Train(quiet_);
  Start("c", Config({{"seed", "8"}})).Train(quiet_);
  EXPECT_EQ(Model("a"), Model("b"));
  EXPECT_NE(Model("a"), Model("c"));
}

TEST_F(TrainingRunTest, ThreeAndThreeEpochsAreSix) {
  Start("whole", Config()).Train(quiet_);
  Start("parts", Config({{"epochs", "3"}})).Train(quiet_);
  Resume("parts", Config()).Train(quiet_);
  EXPECT_EQ(Model("parts"), Model("whole"));
  const auto parts = RunDirectory::Open(folder_ / "parts").ReadMetrics();
  const auto whole = RunDirectory::Open(folder_ / "whole").ReadMetrics();
  ASSERT_EQ(parts.size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(parts[i].train_loss(), whole[i].train_loss());
    EXPECT_EQ(parts[i].FindHeldOut("noisy_loss"), whole[i].FindHeldOut("noisy_loss"));
    EXPECT_EQ(parts[i].learning_rate(), whole[i].learning_rate());
  }
  EXPECT_LT(whole[2].learning_rate(), whole[0].learning_rate()) << "the schedule was not put to the test";
  EXPECT_LT(whole[5].learning_rate(), whole[3].learning_rate()) << "the schedule was not put to the test";
}

TEST_F(TrainingRunTest, EveryOptimizerResumesToTheBit) {
  for (const std::string& optimizer : OptimizerNames()) {
    const auto config = [&](const char* epochs) {
      return Config({{"optimizer", optimizer}, {"epochs", epochs}, {"learning_rate", "0.002"}});
    };
    Start("whole-" + optimizer, config("4")).Train(quiet_);
    Start("parts-" + optimizer, config("2")).Train(quiet_);
    Resume("parts-" + optimizer, config("4")).Train(quiet_);
    EXPECT_EQ(Model("parts-" + optimizer), Model("whole-" + optimizer)) << optimizer;
  }
}

TEST_F(TrainingRunTest, ALinearScheduleFallsTowardsZero) {
  const ResolvedConfig config = Config({{"schedule", "linear"}, {"epochs", "4"}});
  TrainingRun run = Start("run", config);
  ASSERT_TRUE(run.Train(quiet_));
  const std::vector<EpochMetrics> epochs = run.directory().ReadMetrics();
  for (size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(epochs[i].learning_rate(), 0.01 * static_cast<double>(4 - i) / 4, 1e-12);
  // Within an epoch as well: at a constant rate, the first epoch ends elsewhere.
  Start("constant", Config({{"schedule", "none"}, {"epochs", "1"}})).Train(quiet_);
  EXPECT_NE(RunDirectory::Open(folder_ / "constant").ReadMetrics()[0].held_out_loss(),
            epochs[0].held_out_loss());
  StopAt stop(3, 128);
  EXPECT_FALSE(Start("stopped", config).Train(stop));
  EXPECT_TRUE(Resume("stopped", config).Train(quiet_));
  EXPECT_EQ(Model("stopped"), Model("run"));
}

TEST_F(TrainingRunTest, ClippedGradientsMoveSgdByNoMoreThanTheNorm) {
  const Flags flags = {{"optimizer", "sgd"},     {"momentum", "0"}, {"weight_decay", "0"},
                       {"overfit_batches", "1"}, {"epochs", "1"},   {"schedule", "none"}};
  const auto distance = [&](const std::string& name, const std::string& norm) {
    Flags clipped = flags;
    clipped.emplace_back("clip_norm", norm);
    TrainingRun run = Start(name, Config(clipped));
    const Tensor before = run.model().params().flat().Clone();
    EXPECT_TRUE(run.Train(quiet_));
    double squares = 0;
    for (int64_t i = 0; i < before.size(); ++i) {
      const double moved = run.model().params().flat().data<float>()[i] - before.data<float>()[i];
      squares += moved * moved;
    }
    return std::sqrt(squares);
  };
  const double whole = distance("any", "0");
  EXPECT_NEAR(distance("clipped", std::to_string(whole / 0.01 / 4)), whole / 4, 1e-3 * whole);
  EXPECT_NEAR(distance("loose", std::to_string(whole / 0.01 * 4)), whole, 1e-6 * whole);
}

// Runs that a map teaches: the encoder first, then the decoder.
class TaughtRunTest : public TrainingRunTest {
 protected:
  TaughtRunTest() { data_ = BlobSplits(100, 40); }  // a map of more points takes longer
  static ResolvedConfig Taught(const Flags& more = {}) {
    Flags flags = {{"neighbourhood", "auto"}, {"model", "mlp4"},     {"code_size", "2"},
                   {"batch", "16"},           {"epochs", "6"},       {"threads", "2"},
                   {"precision", "f32"},      {"seed", "7"},         {"encoder_epochs", "4"},
                   {"learning_rate", "0.01"}, {"eval_noise", "0.2"}, {"checkpoint_every", "1"}};
    flags.insert(flags.end(), more.begin(), more.end());
    return WithUnsetKeys(ResolveConfig("", {}, flags));
  }
};

// Stops while the map is made.
class StopInMap : public TrainObserver {
 public:
  void OnStep(const std::string&, double share) override { stop_ = share > 0.3; }
  bool StopRequested() override { return stop_; }

 private:
  bool stop_ = false;
};

TEST_F(TaughtRunTest, TrainsTheEncoderThenTheDecoder) {
  TrainingRun run = Start("run", Taught({{"epochs", "30"}, {"encoder_epochs", "20"}}));
  ASSERT_TRUE(run.Train(quiet_));
  const std::vector<EpochMetrics> epochs = run.directory().ReadMetrics();
  ASSERT_EQ(epochs.size(), 30u);
  EXPECT_LT(epochs[19].train_loss(), 0.1 * epochs[0].train_loss());
  EXPECT_LT(epochs[19].held_out_loss(), 0.3);  // of codes whose deviation is 1
  EXPECT_EQ(epochs[19].FindHeldOut("noisy_loss"), std::nullopt) << "the decoder has learnt nothing yet";
  EXPECT_TRUE(epochs[20].FindHeldOut("noisy_loss").has_value());
  EXPECT_LT(epochs[29].held_out_loss(), epochs[20].held_out_loss());
  EXPECT_EQ(epochs[20].learning_rate(), 0.01) << "each stage has a schedule of its own";
  EXPECT_GT(run.progress().best_epoch, 20) << "losses of different stages were compared";
  const Tensor map = ReadMap(run.directory().teacher()).codes;
  EXPECT_EQ(map.shape(), Shape({100, 2}));
}

TEST_F(TaughtRunTest, TheDecoderLeavesTheEncoderAsItIs) {
  Start("encoder", Taught({{"epochs", "4"}})).Train(quiet_);
  Start("both", Taught()).Train(quiet_);
  const LoadedModel encoder = LoadModel(folder_ / "encoder" / "model.safetensors");
  const LoadedModel both = LoadModel(folder_ / "both" / "model.safetensors");
  const auto part = [](const LoadedModel& loaded, ModelPart which) {
    const auto [begin, end] = loaded.model->RangeOf(which);
    const auto values = loaded.model->params().flat().span<float>();
    return std::vector<float>(values.begin() + begin, values.begin() + end);
  };
  EXPECT_EQ(part(encoder, ModelPart::kEncoder), part(both, ModelPart::kEncoder));
  EXPECT_NE(part(encoder, ModelPart::kDecoder), part(both, ModelPart::kDecoder));
}

TEST_F(TaughtRunTest, IsInterruptedInAnyStageAndResumedToTheBit) {
  Start("whole", Taught()).Train(quiet_);
  StopInMap in_map;
  StopAt in_encoder(2, 48), after_encoder(5, 16), in_decoder(6, 48);
  int number = 0;
  for (TrainObserver* stop :
       std::initializer_list<TrainObserver*>{&in_map, &in_encoder, &after_encoder, &in_decoder}) {
    const std::string name = "stopped" + std::to_string(number++);
    EXPECT_FALSE(Start(name, Taught()).Train(*stop));
    EXPECT_EQ(Status(name), "interrupted");
    EXPECT_TRUE(Resume(name, Taught()).Train(quiet_));
    EXPECT_EQ(Model(name), Model("whole"));
  }
}

TEST_F(TaughtRunTest, MoreEpochsAreOfTheDecoder) {
  EXPECT_TRUE(Start("run", Taught({{"encoder_epochs", "0"}})).Train(quiet_));
  const std::filesystem::path file = folder_ / "run" / "config.toml";
  TrainingRun run = Resume("run", ResolveConfig(file, {}, Flags{{"epochs", "12"}}));
  EXPECT_TRUE(run.Train(quiet_));
  const std::vector<EpochMetrics> epochs = run.directory().ReadMetrics();
  ASSERT_EQ(epochs.size(), 12u);
  for (size_t i = 0; i < 12; ++i)
    EXPECT_EQ(epochs[i].FindHeldOut("noisy_loss").has_value(), i >= 4) << "epoch " << i + 1;
}

TEST_F(TaughtRunTest, TheEpochsOfTheEncoderStayAsTheyWere) {
  EXPECT_TRUE(Start("run", Taught()).Train(quiet_));
  EXPECT_THAT(Refusal("run", Taught({{"encoder_epochs", "5"}})), HasSubstr("encoder_epochs"));
}

TEST_F(TaughtRunTest, RefusesWhatAMapCannotTeach) {
  EXPECT_THROW(Taught({{"code_size", "65"}}), Error);
  EXPECT_THROW(Taught({{"correlation", "1"}}), Error);
}

// The map is made of the codes of a run whose images are the same.
TEST_F(TaughtRunTest, LearnsAMapOfTheCodesOfAnotherRunAndBeginsWithItsLayers) {
  TrainingRun first = Start("first", Config({{"code_size", "5"}, {"epochs", "1"}, {"seed", "9"}}));
  first.Train(quiet_);
  const ResolvedConfig config =
      Taught({{"neighbourhood_of", (folder_ / "first").string()}, {"learning_rate", "1e-30"}});
  EXPECT_TRUE(Start("whole", config).Train(quiet_));
  std::vector<int64_t> ids(100);
  std::iota(ids.begin(), ids.end(), 0);
  const Tensor codes = first.session().Encode(ReadPixels(*data_.train, ids));
  EXPECT_TRUE(ReadMap(folder_ / "whole" / "teacher").IsOf(codes));
  const auto weights = [&](const std::string& name, const std::string& run) {
    const LoadedModel loaded = LoadModel(folder_ / run / "model.safetensors");
    const auto& named = loaded.model->layout().named();
    const auto param = std::ranges::find(named, name, &NamedParam::name);
    if (param == named.end()) throw std::out_of_range(name);
    const auto values = loaded.model->params().flat().span<float>();
    return std::vector<float>(values.begin() + param->offset, values.begin() + param->offset + 8);
  };
  EXPECT_EQ(weights("fc1.weight", "whole"), weights("fc1.weight", "first")) << "alike in both";
  EXPECT_NE(weights("fc2.weight", "whole"), weights("fc2.weight", "first")) << "of another code size";
  EXPECT_NE(weights("fc4.weight", "whole"), weights("fc4.weight", "first")) << "of the decoder";
  StopAt in_encoder(2, 48);
  EXPECT_FALSE(Start("stopped", config).Train(in_encoder));
  EXPECT_TRUE(Resume("stopped", config).Train(quiet_));
  EXPECT_EQ(Model("stopped"), Model("whole"));
  EXPECT_THROW(Start("none", Taught({{"neighbourhood_of", (folder_ / "nothing").string()}})).Train(quiet_),
               Error);
}

// Runs whose encoder learns alone which views show the same image.
class ViewsRunTest : public TrainingRunTest {
 protected:
  static ResolvedConfig Views(const Flags& more = {}) {
    Flags flags = {{"neighbourhood", "views"},
                   {"model", "mlp4"},
                   {"code_size", "4"},
                   {"batch", "40"},
                   {"epochs", "6"},
                   {"threads", "2"},
                   {"precision", "f32"},
                   {"seed", "7"},
                   {"encoder_epochs", "4"},
                   {"learning_rate", "0.01"},
                   {"corrupt", "masking:0.1"},
                   {"shift", "1"},
                   {"crop", "0.7"}};
    flags.insert(flags.end(), more.begin(), more.end());
    return WithUnsetKeys(ResolveConfig("", {}, flags));
  }
};

TEST_F(ViewsRunTest, TellTheImagesOfABatchApart) {
  TrainingRun run = Start("run", Views({{"epochs", "20"}, {"encoder_epochs", "15"}}));
  ASSERT_TRUE(run.Train(quiet_));
  const std::vector<EpochMetrics> epochs = run.directory().ReadMetrics();
  ASSERT_EQ(epochs.size(), 20u);
  // Equal codes have a loss of ln 39.
  EXPECT_LT(epochs[0].train_loss(), std::log(39) + 0.1);
  EXPECT_LT(epochs[14].train_loss(), std::log(39) - 0.3);
  EXPECT_LT(epochs[14].held_out_loss(), std::log(39) - 0.2);
  EXPECT_LT(epochs[19].held_out_loss(), epochs[15].held_out_loss()) << "the decoder learns";
  EXPECT_GT(run.progress().best_epoch, 15);
}

TEST_F(ViewsRunTest, AreInterruptedInAnyStageAndResumedToTheBit) {
  Start("whole", Views()).Train(quiet_);
  StopAt in_encoder(2, 80), after_encoder(5, 40), in_decoder(6, 80);
  int number = 0;
  for (TrainObserver* stop :
       std::initializer_list<TrainObserver*>{&in_encoder, &after_encoder, &in_decoder}) {
    const std::string name = "stopped" + std::to_string(number++);
    EXPECT_FALSE(Start(name, Views()).Train(*stop));
    EXPECT_TRUE(Resume(name, Views()).Train(quiet_));
    EXPECT_EQ(Model(name), Model("whole"));
  }
}

TEST_F(ViewsRunTest, NeedABatchWithOtherImages) {
  EXPECT_THROW(Start("run", Views({{"batch", "3"}})), Error);
  EXPECT_NO_THROW(Start("run", Views({{"batch", "4"}})));
}

TEST_F(TaughtRunTest, SetsWhatIsNotSet) {
  const ResolvedConfig config =
      WithUnsetKeys(ResolveConfig("", {}, Flags{{"neighbourhood", "auto"}, {"epochs", "9"}}));
  EXPECT_EQ(config.values.model, "mapper");
  EXPECT_EQ(config.values.epochs, 9);
  EXPECT_EQ(config.values.schedule, "linear");
  EXPECT_THAT(ToToml(config), HasSubstr("# neighbourhood = auto"));
  EXPECT_EQ(WithUnsetKeys({}).values.model, TrainConfig().model);
  EXPECT_EQ(ResolveConfig("", {}, Flags{{"neighbourhood", "auto"}}).origins.size(), 1)
      << "it may override others";
}

TEST_F(TaughtRunTest, CodesLieWhereTheirActivationCanReachThem) {
  const std::pair<Activation, std::pair<float, float>> ranges[] = {{Activation::kRelu, {0.249f, 100.0f}},
                                                                   {Activation::kLeakyRelu, {0.249f, 100.0f}},
                                                                   {Activation::kSigmoid, {0.049f, 0.951f}},
                                                                   {Activation::kTanh, {-0.901f, 0.901f}}};
  for (const auto& [activation, range] : ranges) {
    MapObserver quiet;
    const auto teacher = MakeTeacher(PointsOfMap(data_, {}, 1), {.activation = activation},
                                     folder_ / std::string(Name(activation)), quiet);
    ASSERT_TRUE(teacher.has_value());
    const auto values = teacher->codes.span<float>();
    EXPECT_GT(*std::ranges::min_element(values), range.first) << Name(activation);
    EXPECT_LT(*std::ranges::max_element(values), range.second) << Name(activation);
    EXPECT_EQ(teacher->held_out_codes.shape(), Shape({40, 2}));
    EXPECT_EQ(teacher->nearest.k, 5);
  }
}

TEST_F(TaughtRunTest, CodesOfALinearLayerHaveDeviationOne) {
  MapObserver quiet;
  const auto teacher = MakeTeacher(PointsOfMap(data_, {}, 1), {}, folder_ / "map", quiet);
  ASSERT_TRUE(teacher.has_value());
  double sum = 0, squares = 0;
  for (const float value : teacher->codes.span<float>()) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  EXPECT_NEAR(sum / 200, 0, 1e-5);
  EXPECT_NEAR(squares / 200, 1, 1e-5);
  EXPECT_NEAR(teacher->deviation, 1, 1e-9);
}

TEST_F(TaughtRunTest, MixesWithTheNearestImagesWhetherTheMapIsNewOrNot) {
  MapObserver quiet;
  const Neighbours found = NearestNeighbours(AllImages(*data_.train), {.k = 5});
  const auto nearest = [&] {
    return MakeTeacher(PointsOfMap(data_, {}, 1), {}, folder_ / "map", quiet)->nearest;
  };
  EXPECT_EQ(nearest().indices, found.indices) << "with a new map";
  EXPECT_EQ(nearest().indices, found.indices) << "as they are kept";
  std::filesystem::remove_all(folder_ / "map" / "neighbours");
  EXPECT_EQ(nearest().indices, found.indices) << "with a map but nothing kept";
}

TEST_F(TrainingRunTest, VariationalRunsResumeToTheBit) {
  for (const std::string precision : {"f32", "bf16"}) {
    const auto config =
        Config({{"bottleneck", "gaussian"}, {"loss", "bce"}, {"beta_warmup", "2"}, {"precision", precision}});
    Start("whole" + precision, config).Train(quiet_);
    StopAt stop(3, 128);
    EXPECT_FALSE(Start("stopped" + precision, config).Train(stop));
    EXPECT_TRUE(Resume("stopped" + precision, config).Train(quiet_));
    EXPECT_EQ(Model("stopped" + precision), Model("whole" + precision));
  }
}

TEST_F(TrainingRunTest, VariationalRunsLogTheirBound) {
  TrainingRun run = Start(
      "run", Config({{"bottleneck", "gaussian"}, {"loss", "mse"}, {"pixel_variance", "0.1"}, {"beta", "2"}}));
  ASSERT_TRUE(run.Train(quiet_));
  const double pixels = 64, constant = pixels / 2 * std::log(2 * std::numbers::pi * 0.1);
  for (const EpochMetrics& epoch : run.directory().ReadMetrics()) {
    const double reconstruction = *epoch.Find("train/reconstruction"), kl = *epoch.Find("train/kl");
    EXPECT_NEAR(reconstruction, *epoch.Find("train/mse") * pixels / 0.2 + constant, 1e-9 * pixels);
    EXPECT_NEAR(epoch.train_loss(), reconstruction + 2 * kl, 1e-9 * pixels);
    EXPECT_NEAR(*epoch.Find("train/elbo"), -reconstruction - kl, 1e-9 * pixels);
    EXPECT_NEAR(epoch.held_out_loss(), *epoch.Find("test/reconstruction") + 2 * *epoch.Find("test/kl"),
                1e-9 * pixels);
    EXPECT_GT(kl, 0);
  }
}

TEST_F(TrainingRunTest, RefusesWhatIsNoBound) {
  EXPECT_THROW(Start("l1", Config({{"bottleneck", "gaussian"}, {"loss", "l1"}})), Error);
  EXPECT_THROW(Start("two", Config({{"bottleneck", "gaussian"}, {"loss", "mse:1,l1:1"}})), Error);
  EXPECT_THROW(Config({{"bottleneck", "gaussian"}, {"neighbourhood", "auto"}}), Error);
  EXPECT_THROW(Config({{"bottleneck", "other"}}), Error);
  EXPECT_THROW(Config({{"beta", "4"}}), Error);
  EXPECT_THROW(Config({{"free_bits", "0.1"}}), Error);
}

TEST_F(TrainingRunTest, AnInterruptedEpochIsTrainedAgain) {
  Start("whole", Config()).Train(quiet_);
  for (const int64_t epoch : {1, 4}) {
    const std::string name = "stopped" + std::to_string(epoch);
    StopAt stop(epoch, 128);
    EXPECT_FALSE(Start(name, Config()).Train(stop));
    EXPECT_EQ(Status(name), "interrupted");
    EXPECT_EQ(RunDirectory::Open(folder_ / name).ReadMetrics().size(), static_cast<size_t>(epoch - 1));
    EXPECT_TRUE(Resume(name, Config()).Train(quiet_));
    EXPECT_EQ(Model(name), Model("whole"));
    EXPECT_EQ(Status(name), "finished");
  }
}

TEST_F(TrainingRunTest, HeldOutImagesKeepTheirName) {
  Start("run", Config()).Train(quiet_);
  data_.held_out_name = "val";
  EXPECT_THAT(Refusal("run", Config({{"epochs", "8"}})), HasSubstr("another 'held-out images'"));
}

// An old model file would show readers of the run its state before the resume.
TEST_F(TrainingRunTest, AModelFileIsGoneOnceTheRunHasGoneOnPastIt) {
  Start("run", Config({{"epochs", "2"}})).Train(quiet_);
  StopAt at_once(3, 0), later(4, 64);
  EXPECT_FALSE(Resume("run", Config()).Train(at_once));
  EXPECT_EQ(LoadModel(folder_ / "run" / "model.safetensors").training.at("epochs"), 2);
  EXPECT_FALSE(Resume("run", Config()).Train(later));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run" / "model.safetensors"));
  Resume("run", Config()).Train(quiet_);
  EXPECT_EQ(LoadModel(folder_ / "run" / "model.safetensors").training.at("epochs"), 6);
}

// The noise of an epoch depends on (epoch, image), so a resume continues it bit for bit.
TEST_F(TrainingRunTest, TrainingOnCorruptedInputResumesToTheBit) {
  for (const char* corruption : {"gaussian:0.4", "occlusion:0.3", "salt_pepper:0.2", "masking:0.5"}) {
    const std::string whole = std::string("whole-") + corruption, parts = std::string("parts-") + corruption;
    Start(whole, Config({{"corrupt", corruption}})).Train(quiet_);
    StopAt stop(4, 128);
    EXPECT_FALSE(Start(parts, Config({{"corrupt", corruption}})).Train(stop));
    EXPECT_TRUE(Resume(parts, Config({{"corrupt", corruption}})).Train(quiet_));
    EXPECT_EQ(Model(parts), Model(whole)) << corruption;
  }
  Start("clean", Config()).Train(quiet_);
  EXPECT_NE(Model("clean"), Model("whole-masking:0.5"));
  EXPECT_THAT(Refusal("clean", Config({{"corrupt", "gaussian:0.4"}})), HasSubstr("'corrupt'"));
  EXPECT_TRUE(Resume("whole-gaussian:0.4", Config({{"corrupt", "gaussian:0.40"}})).Train(quiet_));
}

TEST_F(TrainingRunTest, TrainingOnFlippedAndShiftedImagesResumesToTheBit) {
  const Flags flags = {{"flip", "true"}, {"shift", "1"}, {"corrupt", "gaussian:0.2"}};
  Start("whole", Config(flags)).Train(quiet_);
  StopAt stop(4, 128);
  EXPECT_FALSE(Start("parts", Config(flags)).Train(stop));
  EXPECT_TRUE(Resume("parts", Config(flags)).Train(quiet_));
  EXPECT_EQ(Model("parts"), Model("whole"));
  for (const Flags& fewer : {Flags{flags[0], flags[2]}, Flags{flags[1], flags[2]}}) {
    Start(fewer[0].first, Config(fewer)).Train(quiet_);
    EXPECT_NE(Model(fewer[0].first), Model("whole")) << fewer[0].first;
  }
}

// The MSE of the model's output for `input`, compared with `target`.
double Mse(const TrainingRun& run, const Tensor& input, const Tensor& target) {
  Tensor sum({1}, DType::kF64);
  sum.data<double>()[0] = 0;
  run.machine().backend->Loss({}, run.session().Reconstruct(input), target, sum, 0);
  return sum.data<double>()[0] / static_cast<double>(target.rows());
}

// All three held-out losses of the last epoch, measured again. Held-out images are not flipped or shifted.
TEST_F(TrainingRunTest, LossesOfTrainingOnCorruptedInputAreThoseOfItsTask) {
  TrainingRun run = Start(
      "run", Config({{"corrupt", "masking:0.5"}, {"eval_noise", "0.3"}, {"flip", "true"}, {"shift", "1"}}));
  run.Train(quiet_);
  const EpochMetrics& last = run.progress().epochs.back();
  std::vector<int64_t> ids(static_cast<size_t>(data_.held_out->size()));
  std::iota(ids.begin(), ids.end(), 0);
  const Tensor clean = ReadPixels(*data_.held_out, ids);
  const auto loss = [&](const char* corruption) {
    Tensor input = clean.Clone();
    run.machine().backend->Corrupt(ParseCorruption(corruption), Rng(7, Stream::kNoise), 0, ids, input);
    return Mse(run, input, clean);
  };
  EXPECT_NEAR(last.held_out_loss(), loss("masking:0.5"), 1e-7);
  EXPECT_NEAR(last.FindHeldOut("clean_loss").value(), loss("none"), 1e-7);
  EXPECT_NEAR(last.FindHeldOut("noisy_loss").value(), loss("gaussian:0.3"), 1e-7);
  const EpochMetrics read = run.directory().ReadMetrics().back();
  EXPECT_EQ(read.held_out_loss(), last.held_out_loss());
  EXPECT_EQ(read.FindHeldOut("clean_loss"), last.FindHeldOut("clean_loss"));
  // On masked input, the model trained on such input beats a model that has never seen it.
  TrainingRun plain = Start("plain", Config());
  plain.Train(quiet_);
  EXPECT_FALSE(plain.progress().epochs.back().FindHeldOut("clean_loss").has_value());
  Tensor input = clean.Clone();
  plain.machine().backend->Corrupt(ParseCorruption("masking:0.5"), Rng(7, Stream::kNoise), 0, ids, input);
  EXPECT_LT(last.held_out_loss(), Mse(plain, input, clean));
}

TEST_F(TrainingRunTest, SeveralNoiseLevelsAndTermsAreMetricsOfTheirOwn) {
  const Flags flags = {{"eval_noise", "0.2,0.5"}, {"loss", "mse:1,l1:0.5"}};
  EXPECT_TRUE(Start("run", Config(flags)).Train(quiet_));
  const EpochMetrics last = RunDirectory::Open(folder_ / "run").ReadMetrics().back();
  EXPECT_FALSE(last.FindHeldOut("noisy_loss").has_value());
  EXPECT_LT(last.held_out_loss(), last.FindHeldOut("noisy_loss@0.2").value());
  EXPECT_LT(last.FindHeldOut("noisy_loss@0.2").value(), last.FindHeldOut("noisy_loss@0.5").value());
  EXPECT_NEAR(last.train_loss(), last.Find("train/mse").value() + 0.5 * last.Find("train/l1").value(), 1e-12);
  EXPECT_NEAR(last.held_out_loss(), last.Find("test/mse").value() + 0.5 * last.Find("test/l1").value(),
              1e-12);
  EXPECT_TRUE(Resume("run", Config(flags)).Train(quiet_));
}

TEST_F(TrainingRunTest, ImagesOfAModelTrainedOnSsimAreMoreAlike) {
  const Digits digits = DrawDigits({.train_count = 600, .test_count = 100});
  data_.train = digits.train;
  data_.held_out = digits.test;
  const auto last = [&](const char* name, const char* loss) {
    const Flags flags = {{"epochs", "10"}, {"code_size", "8"}, {"plateau_patience", "10"}, {"loss", loss}};
    TrainingRun run = Start(name, Config(flags));
    EXPECT_TRUE(run.Train(quiet_));
    EXPECT_LT(run.progress().epochs.back().held_out_loss(), run.progress().epochs.front().held_out_loss());
    return run.progress().epochs.back();
  };
  // A weight that hardly acts, for the value alone.
  const EpochMetrics plain = last("plain", "mse:1,ssim:1e-9"), mixed = last("mixed", "mse:0.16,ssim:0.84");
  EXPECT_LT(mixed.FindHeldOut("ssim").value(), 0.9 * plain.FindHeldOut("ssim").value());
  EXPECT_LT(mixed.Find("train/ssim").value(), 0.9 * plain.Find("train/ssim").value());
}

// A weight of 1 gives the term itself, bit for bit; another weight of a single term changes the training.
TEST_F(TrainingRunTest, WeightsOfTermsAct) {
  for (const auto& [name, loss] :
       {std::pair("plain", "l1"), std::pair("one", "l1:1"), std::pair("half", "l1:0.5")}) {
    Start(name, Config({{"loss", loss}, {"optimizer", "sgd"}})).Train(quiet_);
  }
  EXPECT_EQ(Model("plain"), Model("one"));
  EXPECT_NE(Model("plain"), Model("half"));
}

TEST_F(TrainingRunTest, ALossThatDoesNotFitTheModelIsRefusedBeforeTheRunBegins) {
  try {
    Start("run", Config({{"model", "deep-linear"}, {"loss", "bce"}}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("sigmoid"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
}

// Dropout depends on (epoch, image) too. A model's description is read only at the start of the run.
TEST_F(TrainingRunTest, ARunKeepsTheArchitectureOfAFile) {
  const std::string text = R"(
encoder = [{name = "a", kind = "conv", outputs = 2, kernel = 3, stride = 2, padding = 1, activation = "relu"},
           {name = "r", kind = "residual", width = 3}, {name = "g", kind = "gelu"},
           {name = "f", kind = "flatten"}, {name = "drop", kind = "dropout", probability = "dropout"},
           {name = "b", kind = "dense", outputs = "code"}]
decoder = [{name = "c", kind = "dense", mirrors = "b"}, {name = "u", kind = "unflatten", mirrors = "f"},
           {name = "s", kind = "residual", mirrors = "r", activation = "tanh"},
           {name = "d", kind = "conv_transpose", mirrors = "a", activation = "sigmoid"}]
)";
  const std::string file = folder_.Write("mine.toml", text).string();
  Flags mine = {
      {"model", file}, {"dropout", "0.2"}, {"optimizer", "adamax"}, {"epochs", "3"}, {"threads", "1"}};
  Start("whole", Config(mine)).Train(quiet_);
  StopAt stop(2, 128);
  EXPECT_FALSE(Start("parts", Config(mine)).Train(stop));
  EXPECT_EQ(Resume("parts", Config(mine)).warning(), "");
  folder_.Write("mine.toml", "encoder = [" + text.substr(text.find("outputs")));  // no longer TOML
  EXPECT_THAT(Resume("parts", Config(mine)).warning(), HasSubstr("mine.toml now describes another model"));
  std::filesystem::remove(file);
  EXPECT_EQ(Resume("parts", Config(mine)).warning(), "");
  EXPECT_TRUE(Resume("parts", Config(mine)).Train(quiet_));
  EXPECT_EQ(Model("parts"), Model("whole"));
  mine[0].second = "conv";
  EXPECT_THAT(Refusal("parts", Config(mine)), HasSubstr("'model'"));
}

TEST_F(TrainingRunTest, ResumingAFinishedRunOnlyFinishesIt) {
  Start("run", Config()).Train(quiet_);
  const std::string model = Model("run");
  std::filesystem::remove(folder_ / "run" / "model.safetensors");
  EXPECT_TRUE(Resume("run", Config()).Train(quiet_));
  EXPECT_EQ(Model("run"), model);
}

TEST_F(TrainingRunTest, ThreadsAndPrecisionStayThoseOfTheRun) {
  Start("run", Config({{"epochs", "1"}, {"threads", "1"}})).Train(quiet_);
  EXPECT_EQ(Resume("run", Config({{"threads", "0"}, {"precision", "auto"}})).machine().backend->threads(), 1);
  EXPECT_THAT(Refusal("run", Config({{"threads", "2"}})), HasSubstr("'threads'"));
  EXPECT_THAT(Refusal("run", Config({{"threads", "1"}, {"precision", "bf16"}})), HasSubstr("'precision'"));
}

TEST_F(TrainingRunTest, ConflictsAreRefusedByName) {
  Start("run", Config({{"epochs", "2"}})).Train(quiet_);
  EXPECT_THAT(Refusal("run", Config({{"learning_rate", "0.02"}})),
              AllOf(HasSubstr("'learning_rate'"), HasSubstr("0.01"), HasSubstr("0.02")));
  EXPECT_THAT(Refusal("run", Config({{"code_size", "4"}})), HasSubstr("'code_size'"));
  EXPECT_THAT(Refusal("run", Config({{"epochs", "1"}})), HasSubstr("already trained 2 epochs"));
  data_.checksum = std::string(64, 'b');
  EXPECT_THAT(Refusal("run", Config()), HasSubstr("images"));
}

// The state after a kill that follows epoch 5, once checkpoint 4 is on disk.
TEST_F(TrainingRunTest, ARunResumesFromItsLastCheckpoint) {
  struct CopyAfterFive : TrainObserver {
    explicit CopyAfterFive(const test::TemporaryDirectory& where) : folder(where) {}
    void OnEpoch(const EpochMetrics& metrics) override {
      if (metrics.epoch() != 5) return;
      const std::filesystem::path last = folder / "run" / "checkpoints" / "last";
      while (ReadProgress(ReadSafetensors(last), "last").epochs_done() < 4) ::usleep(1000);
      std::filesystem::copy(folder / "run", folder / "killed", std::filesystem::copy_options::recursive);
    }
    const test::TemporaryDirectory& folder;
  } copy(folder_);
  Start("run", Config({{"checkpoint_every", "2"}, {"epochs", "7"}})).Train(copy);
  EXPECT_EQ(RunDirectory::Open(folder_ / "killed").ReadMetrics().size(), 5u);
  TrainingRun run = Resume("killed", Config({{"epochs", "7"}}));  // the interval may change
  EXPECT_EQ(run.progress().epochs_done(), 4);
  EXPECT_EQ(run.directory().ReadMetrics().size(), 4u);
  run.Train(quiet_);
  EXPECT_EQ(RunDirectory::Open(folder_ / "killed").ReadMetrics().size(), 7u);
  EXPECT_EQ(LoadModel(folder_ / "killed" / "model.safetensors").model->checksum(),
            LoadModel(folder_ / "run" / "model.safetensors").model->checksum());
}

TEST_F(TrainingRunTest, OneProcessAtATime) {
  const TrainingRun run = Start("run", Config());
  EXPECT_THAT(Refusal("run", Config()), HasSubstr("another process"));
}

TEST_F(TrainingRunTest, DivergenceKeepsTheEpochsBefore) {
  // Every step multiplies the parameters by -10: they overflow after some epochs of five steps.
  TrainingRun wild = Start(
      "wild",
      Config(
          {{"optimizer", "adamw"}, {"learning_rate", "1100"}, {"weight_decay", "0.01"}, {"epochs", "20"}}));
  try {
    wild.Train(quiet_);
    ADD_FAILURE() << "did not diverge";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kDiverged);
    EXPECT_THAT(error.what(), HasSubstr("learning_rate = "));
  }
  EXPECT_EQ(Status("wild"), "diverged");
  EXPECT_FALSE(wild.directory().ReadMetrics().empty());
  EXPECT_FALSE(std::filesystem::exists(wild.directory().model()));
  LoadModel(wild.directory().last_checkpoint());
}

TEST_F(TrainingRunTest, BestIsTheEpochOfTheLowestHeldOutLoss) {
  // A learning rate so high that the held-out loss does not fall in every epoch.
  Flags bumpy = {{"learning_rate", "0.1"}, {"plateau_patience", "100"}, {"epochs", "20"}};
  TrainingRun whole = Start("whole", Config(bumpy));
  whole.Train(quiet_);
  const auto lower = [](const EpochMetrics& a, const EpochMetrics& b) {
    return a.held_out_loss() < b.held_out_loss();
  };
  const std::vector<EpochMetrics> epochs = whole.directory().ReadMetrics();
  // The first series of epochs whose best is neither its first nor its last.
  auto end = epochs.begin() + 2, best = epochs.begin();
  while (end != epochs.end() && (best == epochs.begin() || best == end - 1)) {
    best = std::min_element(epochs.begin(), ++end, lower);
  }
  ASSERT_NE(end, epochs.end()) << "the held-out loss fell in every epoch";
  bumpy.back().second = std::to_string(end - epochs.begin());
  TrainingRun run = Start("run", Config(bumpy));
  run.Train(quiet_);
  EXPECT_EQ(run.progress().best_epoch, best->epoch());
  const LoadedModel model = LoadModel(run.directory().best_checkpoint());
  EXPECT_EQ(model.training.at("epochs"), best->epoch());
  EXPECT_EQ(model.training.at("test/loss").get<double>(), best->held_out_loss());
}

// Earlier versions stored relative paths.
TEST_F(TrainingRunTest, ARelativePathOfTheModelIsNoOtherModel) {
  const std::filesystem::path mine = folder_ / "mine.toml";
  WriteFileAtomically(mine, ArchitectureToml("mlp4"));
  ResolvedConfig relative = Config({{"model", mine.string()}, {"epochs", "1"}});
  relative.values.model = std::filesystem::relative(mine).string();
  Start("run", relative).Train(quiet_);
  EXPECT_TRUE(Resume("run", Config({{"model", mine.string()}, {"epochs", "2"}})).Train(quiet_));
}

TEST_F(TrainingRunTest, AResumedRunKeepsWhatItBeganWith) {
  const ResolvedConfig config = Config({{"epochs", "1"}, {"precision", "auto"}});
  TrainingRun::Start(config, data_, folder_ / "run", {"first"}).Train(quiet_);
  const Json begun = ReadJson(folder_ / "run" / "run.json");
  const auto resume = [&](const std::string& command, const std::string& epochs) {
    const ResolvedConfig more = Config({{"epochs", epochs}, {"precision", "auto"}});
    TrainingRun run = TrainingRun::Resume(folder_ / "run", more, data_, {command});
    EXPECT_EQ(run.machine().precision_reason, "as at the start of the run");
    run.Train(quiet_);
  };
  resume("nothing to do", "1");
  resume("second", "2");
  resume("third", "4");
  const Json info = ReadJson(folder_ / "run" / "run.json");
  EXPECT_EQ(info.at("arguments"), begun.at("arguments"));
  EXPECT_EQ(info.at("started"), begun.at("started"));
  EXPECT_EQ(info.at("resumed"), Json::parse(R"([["second"], ["third"]])"));

  for (const char* damaged : {"{}", "{"}) {
    WriteFileAtomically(folder_ / "run" / "run.json", damaged);
    const ResolvedConfig same = Config({{"precision", "auto"}});
    EXPECT_THAT(Resume("run", same).warning(), HasSubstr("run.json no longer records the start of the run"))
        << damaged;
  }
}

TEST_F(TrainingRunTest, ABestCheckpointThatWasNotWrittenAnyMoreIsMadeUpFor) {
  Start("run", Config({{"epochs", "1"}})).Train(quiet_);
  const std::filesystem::path checkpoints = folder_ / "run" / "checkpoints";
  const std::string first = ReadFile(checkpoints / "best");
  ASSERT_EQ(Resume("run", Config({{"epochs", "2"}})).Train(quiet_), true);
  WriteFileAtomically(checkpoints / "best", first);  // as if killed between the two checkpoints of epoch 2
  const TrainingRun run = Resume("run", Config({{"epochs", "2"}}));
  ASSERT_EQ(run.progress().best_epoch, 2);
  EXPECT_EQ(ReadFile(checkpoints / "best"), ReadFile(checkpoints / "last"));
  for (const auto& entry : std::filesystem::directory_iterator(checkpoints)) {
    EXPECT_THAT(entry.path().filename().string(), testing::AnyOf("best", "last"));
  }
}

TEST_F(TrainingRunTest, AFailedStartLeavesNothing) {
  data_.train = std::make_shared<InMemoryDataset>(Tensor({4, 1, 0, 8}, DType::kU8), std::vector<int32_t>());
  EXPECT_THROW(Start("run", Config()), Error);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(TrainingRunTest, AStartThatFailsRemovesNothingOfOthers) {
  const std::string others = folder_.path() / ("run." + std::to_string(::getpid()) + "-0.new");
  std::filesystem::create_directory(others);
  std::ofstream(others + "/precious") << "x";
  EXPECT_THROW(Start("run", Config({{"code_size", "65"}})), Error);
  EXPECT_TRUE(std::filesystem::exists(others + "/precious"));
  Start("run/.", Config({{"epochs", "1"}})).Train(quiet_);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "run" / "model.safetensors"));
}

TEST_F(TrainingRunTest, LeftoversOfAKilledWriterAreRemoved) {
  Start("run", Config({{"epochs", "1"}})).Train(quiet_);
  const std::filesystem::path leftover = folder_ / "run" / "checkpoints" / "last.123.tmp";
  std::ofstream(leftover) << "half a checkpoint";
  std::ofstream(folder_ / "run" / "notes.tmp") << "of the user";
  Resume("run", Config({{"epochs", "2"}})).Train(quiet_);
  EXPECT_FALSE(std::filesystem::exists(leftover));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "run" / "notes.tmp"));
}

TEST_F(TrainingRunTest, AFolderInPlaceOfTheBestCheckpointIsAnErrorThatLeavesNothingBehind) {
  Start("run", Config({{"epochs", "1"}})).Train(quiet_);
  const std::filesystem::path best = folder_ / "run" / "checkpoints" / "best";
  std::filesystem::remove(best);
  std::filesystem::create_directories(best / "kept");
  try {
    Resume("run", Config());
    ADD_FAILURE() << "no Error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailure);
    EXPECT_THAT(error.what(), HasSubstr(best.string()));
  }
  const std::filesystem::directory_iterator checkpoints(best.parent_path());
  EXPECT_EQ(std::distance(begin(checkpoints), end(checkpoints)), 2);  // best and last
}

TEST_F(TrainingRunTest, ADamagedCheckpointIsADataError) {
  Start("run", Config({{"epochs", "1"}})).Train(quiet_);
  const std::filesystem::path last = folder_ / "run" / "checkpoints" / "last";
  const std::string whole = ReadFile(last);
  const SafetensorsFile sound = ReadSafetensors(last);
  // Changed, with checksums that match the change.
  const auto changed = [&](const std::function<void(SafetensorsFile&)>& change) {
    SafetensorsFile file{.metadata = sound.metadata, .tensors = {}};
    for (const auto& [name, tensor] : sound.tensors) {
      file.tensors.push_back({name, Tensor::View(const_cast<float*>(tensor.data<float>()), tensor.shape())});
    }
    change(file);
    WriteSafetensors(last, file);
    return ReadFile(last);
  };
  const auto with = [&](std::string_view part, std::string_view other) {
    return changed([&](SafetensorsFile& file) {
      std::string& text = file.metadata["resume"];
      ASSERT_NE(text.find(part), std::string::npos) << part;
      text.replace(text.find(part), part.size(), other);
    });
  };
  std::string flipped = whole;
  flipped[flipped.find("optimizer_steps") + 18] ^= 1;
  const std::pair<std::string, std::string> damages[] = {
      {whole.substr(0, whole.size() / 2), "lie outside the file"},
      {"", "too short to contain the length of its header"},
      {flipped, "its checksum differs"},
      {with("\"schema_version\":2", "\"schema_version\":9"), "another version"},
      {with("\"best_epoch\":1", "\"best_epoch\":9"), "impossible progress"},
      {with("\"precision\":\"f32\"", "\"precision\":\"f23\""), "impossible progress"},
      {changed([](SafetensorsFile& file) { file.tensors.back().name = "optimizer.x"; }),
       "bad tensor optimizer."},
      {ReadFile(folder_ / "run" / "model.safetensors"), "is not a checkpoint"}};
  for (const auto& [damaged, message] : damages) {
    WriteFileAtomically(last, damaged);
    try {
      Resume("run", Config());
      ADD_FAILURE() << "resumed: " << message;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      EXPECT_THAT(error.what(), AllOf(HasSubstr(last.string()), HasSubstr(message)));
    }
  }
}

TEST_F(TrainingRunTest, DataNeedNotLieInMemory) {
  Start("in_memory", Config()).Train(quiet_);
  data_.train = std::make_shared<test::DecodedView>(data_.train);
  data_.held_out = std::make_shared<test::DecodedView>(data_.held_out);
  Start("read", Config()).Train(quiet_);
  EXPECT_EQ(Model("read"), Model("in_memory"));
}

TEST_F(TrainingRunTest, OverfittingABatchForgetsTheRest) {
  TrainingRun run =
      Start("run", Config({{"overfit_batches", "1"}, {"epochs", "200"}, {"plateau_patience", "1000"}}));
  run.Train(quiet_);
  const EpochMetrics& last = run.progress().epochs.back();
  EXPECT_LT(last.train_loss(), 0.7 * last.held_out_loss());
  EXPECT_EQ(run.progress().optimizer_steps, 200);
}

}  // namespace
}  // namespace hourglass
