#include "hourglass/analysis/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/file.h"
#include "hourglass/model/model_file.h"
#include "support/temporary_directory.h"
#include "support/tiny_images.h"
#include "support/tiny_model.h"

namespace hourglass {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class DiagnosisTest : public testing::Test {
 protected:
  std::vector<Finding> Findings(Session& model, std::span<const EpochMetrics> epochs = {}) {
    return Diagnose(MeasureOutputSpread(model, *data_), MeasureCodeUnits(model, *data_), epochs);
  }
  // The same weight from every hidden unit to unit `unit` of the code layer.
  static void SetUnit(Model& model, int64_t unit, float weight, float bias) {
    for (const NamedParam& param : model.layout().named()) {
      Tensor values = ParamView(model.params().flat(), param);
      if (param.name == "fc2.weight") std::ranges::fill(values.Rows(unit, 1).span<float>(), weight);
      if (param.name == "fc2.bias") values.data<float>()[unit] = bias;
    }
  }

  // A model whose output follows an image's brightness: each code unit is 1.6 times the sum of its 16 pixels
  // (about 13), and the hidden units after it open around that value.
  test::TestModel FollowsBrightness() {
    test::TestModel model = test::TinyModel(*backend_);
    for (const int64_t unit : {0, 1, 2}) SetUnit(*model, unit, 1, 0);
    test::SetParam(*model, "fc1.weight", 0.2F);
    test::SetParam(*model, "fc1.bias", 0);
    test::SetParam(*model, "fc3.weight", 1);
    test::SetParam(*model, "fc3.bias", -38);
    test::SetParam(*model, "fc4.weight", 0.1F);
    return model;
  }

  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 1});
  std::shared_ptr<InMemoryDataset> data_ = test::TinyImages(60, 0, test::Scrambled);
};

// The encoder of a gaussian bottleneck gives three means, then three logarithms of variances.
class PosteriorTest : public DiagnosisTest {
 protected:
  PosteriorTest() {
    for (int64_t output = 0; output < 6; ++output) SetUnit(model_, output, 0, 0);
  }

  Model model_{MakeArchitecture("mlp4", {1, 4, 4}, 3, 0, Bottleneck::kGaussian), 1};
  Session session_{model_, *backend_};
};

TEST_F(PosteriorTest, UnitsHaveTheDivergenceOfTheirGaussians) {
  SetUnit(model_, 0, 1, 0);            // follows the image
  SetUnit(model_, 1, 0, 2);            // mean 2: 2 nats
  SetUnit(model_, 5, 0, std::log(4));  // variance 4: (4 - 1 - ln 4) / 2 nats
  const CodeUnits codes = MeasureCodeUnits(session_, *data_);
  EXPECT_GT(codes.units[0].variance, 0.01);
  EXPECT_NEAR(*codes.units[1].divergence, 2, 1e-6);
  EXPECT_NEAR(*codes.units[2].divergence, (3 - std::log(4)) / 2, 1e-6);
  EXPECT_NEAR(codes.units[1].variance, 0, 1e-9);
  EXPECT_TRUE(codes.units[0].used());
  EXPECT_EQ(codes.used(), 1) << "a mean that is the same for all images says nothing";
  EXPECT_THAT(Findings(session_).back().what, HasSubstr("2 of 3"));
}

TEST_F(PosteriorTest, ACollapsedPosteriorIsNamed) {
  const std::vector<Finding> findings = Findings(session_);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_TRUE(findings[0].severe);
  EXPECT_EQ(findings[0].name, "posterior collapsed");
  EXPECT_THAT(findings[0].advice, HasSubstr("beta"));
}

TEST_F(PosteriorTest, CodesWithoutAVarianceHaveNoDivergence) {
  const test::TestModel plain = test::TinyModel(*backend_);
  EXPECT_FALSE(MeasureCodeUnits(*plain.session, *data_).gaussian());
}

TEST_F(DiagnosisTest, DeadUnitsAreFoundAndNamed) {
  test::TestModel model = test::TinyModel(*backend_);
  SetUnit(*model, 0, 1, 1);
  SetUnit(*model, 1, 0, -1);
  // Unit 2 fires for images to which unit 0 responds more than halfway: some, not all.
  const CodeUnit all = MeasureCodeUnits(model, *data_).units[0];
  SetUnit(*model, 2, 1, 1 - (all.min + all.max) / 2);
  const CodeUnits codes = MeasureCodeUnits(model, *data_);
  EXPECT_TRUE(codes.rectified);
  EXPECT_THAT(codes.dead, ElementsAre(1));
  EXPECT_EQ(codes.units[2].min, 0);
  EXPECT_GT(codes.units[2].active_share, 0);
  EXPECT_LT(codes.units[2].active_share, 1);
  EXPECT_EQ(codes.units[1].active_share, 0);
  EXPECT_EQ(codes.units[0].active_share, 1);
  EXPECT_GE(codes.units[0].min, 1);
  EXPECT_GT(codes.units[0].max, codes.units[0].mean);
  EXPECT_GT(codes.units[0].mean, codes.units[0].min);
}

TEST_F(DiagnosisTest, ACodeIsRectifiedThroughLayersThatKeepItsNumbers) {
  const auto made_of = [&](const std::string& last, const std::string& activation = "relu") {
    const auto folder = test::TemporaryDirectory();
    WriteFileAtomically(folder / "m.toml",
                        "encoder = [{name = \"a\", kind = \"dense\", outputs = \"code\", activation = \"" +
                            activation + "\"}" + last +
                            "]\ndecoder = [{name = \"b\", kind = \"dense\", outputs = \"pixels\"}]\n");
    return HasRectifiedCode(Model(MakeArchitecture((folder / "m.toml").string(), {1, 4, 4}, 3, 0), 0));
  };
  EXPECT_TRUE(made_of(""));
  EXPECT_TRUE(
      made_of(", {name = \"f\", kind = \"flatten\"}, {name = \"d\", kind = \"dropout\", probability = 0.1}"));
  EXPECT_FALSE(made_of(", {name = \"c\", kind = \"dense\", outputs = \"code\"}"));
  EXPECT_FALSE(made_of("", "leaky_relu"));
}

// If all images are equal, a constant output is right.
TEST_F(DiagnosisTest, ImagesThatDoNotDifferCollapseNothing) {
  const CodeUnits codes = MeasureCodeUnits(test::TinyModel(*backend_), *data_);
  const OutputSpread one_image{
      .output_variance = 0, .image_variance = 0, .output_mean = 0.1, .image_mean = 0.1};
  EXPECT_THAT(Diagnose(one_image, codes), Not(testing::Contains(testing::Field(&Finding::severe, true))));
}

TEST_F(DiagnosisTest, AnOutputThatHardlyVariesIsNearlyCollapsed) {
  const CodeUnits codes = MeasureCodeUnits(test::TinyModel(*backend_), *data_);
  OutputSpread spread{.output_variance = 0.05, .image_variance = 1, .output_mean = 0.1, .image_mean = 0.1};
  const std::vector<Finding> nearly = Diagnose(spread, codes, {}, {.optimizer = "adam", .amount = 1e-3});
  ASSERT_THAT(nearly, Not(IsEmpty()));
  EXPECT_TRUE(nearly[0].severe);
  EXPECT_EQ(nearly[0].name, "nearly collapsed");
  EXPECT_THAT(nearly[0].what, HasSubstr("5.0 %"));
  EXPECT_THAT(nearly[0].advice, HasSubstr("adamw"));
  spread.output_variance = 0.0005;
  EXPECT_EQ(Diagnose(spread, codes)[0].name, "collapsed");
  spread.output_variance = 0.2;
  EXPECT_THAT(Diagnose(spread, codes), Not(testing::Contains(testing::Field(&Finding::severe, true))));
}

TEST_F(DiagnosisTest, AClosedCodeExplainsAConstantOutput) {
  test::TestModel model = test::TinyModel(*backend_);
  test::SetParam(*model, "fc2.weight", 0);
  test::SetParam(*model, "fc2.bias", -1);
  const auto findings = Findings(model);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_TRUE(findings[0].severe);
  EXPECT_EQ(findings[0].name, "collapsed");
  EXPECT_THAT(findings[0].what, HasSubstr("does not depend on the input"));
  EXPECT_THAT(findings[0].advice, HasSubstr("every unit is 0"));
}

TEST_F(DiagnosisTest, AWhiteOutputOfADeafDecoderIsNamed) {
  test::TestModel model = test::TinyModel(*backend_);
  for (const int64_t unit : {0, 1, 2}) SetUnit(*model, unit, 1, 1);
  test::SetParam(*model, "fc4.weight", 0);
  test::SetParam(*model, "fc4.bias", 10);
  const auto findings = Findings(model);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].what, HasSubstr("white"));
  EXPECT_THAT(findings[0].advice, HasSubstr("decoder does not use it"));
}

TEST_F(DiagnosisTest, ALargeDecayOfTheL2KindIsTheLikelyCause) {
  const OutputSpread constant{
      .output_variance = 0, .image_variance = 0.06, .output_mean = 0.1, .image_mean = 0.1};
  const auto advice = [&](const WeightDecay& decay) {
    const auto findings = Diagnose(constant, {}, {}, decay);
    EXPECT_EQ(findings.at(0).name, "collapsed");
    return findings.at(0).advice;
  };
  for (const char* optimizer : {"adam", "adamax", "sgd"}) {
    EXPECT_THAT(advice({.optimizer = optimizer, .amount = 5e-4}),
                AllOf(HasSubstr(std::string("weight decay: with ") + optimizer), HasSubstr("adamw")));
  }
  for (const WeightDecay& harmless : {WeightDecay{"adamw", 5e-4}, WeightDecay{"adam", 1e-5}, WeightDecay{}}) {
    EXPECT_THAT(advice(harmless), AllOf(HasSubstr("another seed"), Not(HasSubstr("likely cause"))));
  }
}

TEST_F(DiagnosisTest, ATrainedModelIsOpenedWithItsDecay) {
  const test::TemporaryDirectory folder;
  const auto failure = [&](const Model& model, const Json& config) {
    SaveModel(folder / "model.safetensors", model, {{"config", config}});
    return FindFailure(OpenTrainedModel(folder / "model.safetensors", *backend_), *data_);
  };
  test::TestModel model = FollowsBrightness();
  test::SetParam(*model, "fc4.weight", 0);
  const Json config = {{"optimizer", "adam"}, {"weight_decay", 0.01}};
  ASSERT_TRUE(failure(*model, config));
  EXPECT_THAT(failure(*model, config)->advice, HasSubstr("weight decay: with adam"));
  EXPECT_THAT(failure(*model, Json::object())->advice, HasSubstr("another seed"));
  EXPECT_EQ(ToJson(*failure(*model, config)).at("name"), "collapsed");
  EXPECT_FALSE(failure(*FollowsBrightness(), config));
}

TEST_F(DiagnosisTest, AModelThatVariesHasNothingToReport) {
  EXPECT_THAT(Findings(FollowsBrightness()), IsEmpty());
}

TEST_F(DiagnosisTest, ALossThatNeverFellIsReported) {
  std::vector<EpochMetrics> epochs(6);
  for (EpochMetrics& epoch : epochs) epoch.Set("train/loss", 0.1);
  const OutputSpread varied{
      .output_variance = 0.05, .image_variance = 0.06, .output_mean = 0.1, .image_mean = 0.1};
  ASSERT_THAT(Diagnose(varied, {}, epochs), SizeIs(1));
  EXPECT_THAT(Diagnose(varied, {}, epochs)[0].what, HasSubstr("never fell"));
  epochs.back().Set("train/loss", 0.05);
  EXPECT_THAT(Diagnose(varied, {}, epochs), IsEmpty());
}

TEST_F(DiagnosisTest, SpreadOfTheImagesIsTheirVariance) {
  const auto data =
      test::TinyImages(10, 0, [](int64_t image, int64_t) { return static_cast<uint8_t>(image % 2 * 255); });
  const test::TestModel model = test::TinyModel(*backend_);
  const OutputSpread spread = MeasureOutputSpread(model, *data);
  EXPECT_NEAR(spread.image_variance, 0.25, 1e-6);
  EXPECT_NEAR(spread.image_mean, 0.5, 1e-6);
}

}  // namespace
}  // namespace hourglass
