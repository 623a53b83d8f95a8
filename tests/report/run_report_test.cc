#include "hourglass/report/run_report.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "hourglass/analysis/context.h"
#include "hourglass/analysis/evaluation.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/report/figure.h"
#include "hourglass/report/run_figures.h"
#include "hourglass/train/training_run.h"
#include "support/temporary_directory.h"
#include "support/tiny_images.h"
#include "support/tiny_model.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class RunReportTest : public testing::Test {
 protected:
  RunReportTest() {
    data_ = {.name = "tiny <data>",
             .location = "here",
             .held_out_name = "val",
             .train = test::TinyImages(64, 10, test::Scrambled),
             .held_out = test::TinyImages(30, 10, test::Scrambled),
             .note = {},
             .checksum = std::string(64, 'c')};
  }
  TrainingRun Train(const std::string& corrupt = "none", const std::string& code_size = "3") {
    const std::vector<std::pair<std::string, std::string>> flags = {
        {"code_size", code_size}, {"epochs", "3"}, {"batch", "16"},     {"threads", "1"},
        {"precision", "f32"},     {"seed", "4"},   {"corrupt", corrupt}};
    TrainingRun run =
        TrainingRun::Start(ResolveConfig("", {}, flags), data_, folder_ / "my-run", {"hourglass", "train"});
    TrainObserver quiet;
    EXPECT_TRUE(run.Train(quiet));
    return run;
  }

  test::TemporaryDirectory folder_;
  DataSplits data_;
};

TEST_F(RunReportTest, MeasuresDrawsAndWrites) {
  const TrainingRun run = Train();
  EXPECT_FALSE(HasRunReport(run.directory()));
  EXPECT_THROW(RefreshRunReport(run.directory()), Error);
  const Json measured = WriteRunReport(run.directory(), run.session(), data_);
  EXPECT_EQ(measured, ReadJson(run.directory().path() / "measurements.json"));
  EXPECT_EQ(measured["val/mse"], ReconstructionError(run.session(), *data_.held_out));
  // With the training seed, the noisy error equals the logged one.
  EXPECT_NEAR(measured["val/noisy_mse"][0]["mse"].get<double>(),
              *run.progress().epochs.back().FindHeldOut("noisy_loss"), 1e-6);
  EXPECT_EQ(measured["baselines"]["pca"]["components"], 3);
  // Three epochs on pixels without any pattern cannot beat PCA, and the report says so.
  EXPECT_THAT(measured["findings"].dump(), HasSubstr("PCA"));
  for (const char* name :
       {"loss", "baselines", "reconstruction", "best-to-worst", "denoising", "interpolation", "traversal"}) {
    EXPECT_NO_THROW(ReadFigure(run.directory().figures(), name)) << name;
  }
  const auto errors = ReconstructionErrors(run.session(), *data_.held_out).each;
  EXPECT_THAT(ReadFigure(run.directory().figures(), figure_name::kBestToWorst).alt_text,
              HasSubstr(fmt::format("from an error of {:.3g} to one of {:.3g}", std::ranges::min(errors),
                                    std::ranges::max(errors))));
  EXPECT_THAT(ReadFigure(run.directory().figures(), figure_name::kInterpolation).alt_text,
              HasSubstr("4 rows of pictures"));
  const std::string page = ReadFile(run.directory().report());
  EXPECT_THAT(page, HasSubstr("my-run"));
  EXPECT_THAT(page, HasSubstr("From the best to the worst of 30 held-out images"));
  EXPECT_THAT(page, HasSubstr("tiny &lt;data&gt;"));
  EXPECT_THAT(page, HasSubstr(std::string(64, 'c')));
  EXPECT_THAT(page, HasSubstr("code_size = 3"));
  EXPECT_THAT(page, Not(HasSubstr("More pictures")));
  EXPECT_THAT(page, Not(HasSubstr("Generation")));  // from a prior, which these codes have not
  EXPECT_THAT(page, Not(HasSubstr("Decoded codes, from the 1st")));
  EXPECT_THAT(page, HasSubstr("The number with the largest variance comes first"));
}

TEST_F(RunReportTest, ACodeOfTwoNumbersIsDecodedOverItsPlane) {
  const TrainingRun run = Train("none", "2");
  WriteRunReport(run.directory(), run.session(), data_);
  EXPECT_THAT(ReadFigure(run.directory().figures(), figure_name::kCodeGrid).caption,
              HasSubstr("from the 1st to the 99th percentile"));
  const std::string page = ReadFile(run.directory().report());
  EXPECT_THAT(page, HasSubstr("Decoded codes, from the 1st"));
  EXPECT_THAT(page, Not(HasSubstr("More pictures")));
}

TEST_F(RunReportTest, ACodeAsLargeAsAnImageIsNotComparedWithPca) {
  const TrainingRun run = Train("none", std::to_string(data_.train->image_shape().size()));
  const Json measured = WriteRunReport(run.directory(), run.session(), data_);
  EXPECT_FALSE(measured["baselines"].contains("pca"));
  EXPECT_TRUE(measured["baselines"].contains("mean_image"));
  EXPECT_THAT(measured["findings"].dump(), Not(HasSubstr("PCA")));
  EXPECT_THAT(
      ReadFile(run.directory().report()),
      HasSubstr("PCA is left out: with as many components as an image has numbers, it loses nothing."));
}

TEST_F(RunReportTest, ATaughtRunShowsWhatItKeepsOfTrainingAndNewImages) {
  const std::vector<std::pair<std::string, std::string>> flags = {
      {"neighbourhood", "auto"}, {"model", "mlp4"}, {"epochs", "3"}, {"batch", "16"}, {"threads", "1"}};
  TrainingRun run =
      TrainingRun::Start(ResolveConfig("", {}, flags), data_, folder_ / "my-run", {"hourglass", "train"});
  TrainObserver quiet;
  EXPECT_TRUE(run.Train(quiet));
  const Json measured = WriteRunReport(run.directory(), run.session(), data_);
  const Json& kept = measured["neighbourhood"];
  EXPECT_EQ(kept["distance"], "l2");
  ASSERT_EQ(kept["train"].size(), 3u);
  ASSERT_EQ(kept["val"].size(), 3u);
  EXPECT_EQ(kept["train"][1]["k"], 20);
  EXPECT_EQ(kept["undecided"], 0);
  // 50 of 63 others, by chance and more.
  EXPECT_GT(kept["train"][2]["score"], 50.0 / 63);
  const std::string page = ReadFile(run.directory().report());
  EXPECT_THAT(page, HasSubstr("Neighbourhoods kept"));
  EXPECT_THAT(page, HasSubstr("score, val"));
  // Two epochs of the encoder, which have a figure of their own, and one of the decoder.
  EXPECT_THAT(ReadFigure(run.directory().figures(), figure_name::kEncoderLoss).alt_text,
              HasSubstr("over 2 epochs"));
  EXPECT_THAT(ReadFigure(run.directory().figures(), figure_name::kLoss).caption, HasSubstr("falls linearly"));
}

TEST(TraversalCaption, SaysWhatMovesAndWhatIsMissing) {
  CodeUnits codes;
  codes.units = {{.max = 1, .variance = 1}, {.max = 1, .variance = 2}, {.max = 1, .variance = 3}};
  Traversal traversal = Traverse(codes, 3, 2);
  EXPECT_THAT(TraversalCaption(codes, traversal),
              AllOf(HasSubstr("below its mean to 2.5 above"), HasSubstr("2 of 3 are shown"),
                    Not(HasSubstr("the same for every image"))));
  codes.units[0].max = 0;
  traversal = Traverse(codes, 3, 2);
  traversal.image = 17;
  EXPECT_THAT(TraversalCaption(codes, traversal),
              AllOf(HasSubstr("below its value for image 17 to 2.5 above"),
                    HasSubstr("the same for every image are left out")));
}

TEST_F(RunReportTest, CodesThatCoincideAreUndecided) {
  const auto backend = MakeBackend({.threads = 1});
  Model model(MakeArchitecture("deep-linear", data_.train->image_shape(), 2), 1);
  Session session(model, *backend);
  EXPECT_LT(MeasureContext(session, data_, Distance::kL2, {})->undecided, kManyUndecided);
  std::ranges::fill(model.params().flat().span<float>(), 0.0f);
  EXPECT_EQ(MeasureContext(session, data_, Distance::kL2, {})->undecided, 1);
}

TEST_F(RunReportTest, ADenoisingRunIsMeasuredOnItsOwnTask) {
  const TrainingRun run = Train("gaussian:0.4");
  const Json measured = WriteRunReport(run.directory(), run.session(), data_);
  const Json& denoising = measured["denoising"];
  EXPECT_EQ(denoising["corruption"], "gaussian:0.4");
  const EpochMetrics& last = run.progress().epochs.back();
  EXPECT_NEAR(denoising["val/mse"].get<double>(), last.held_out_loss(), 1e-6);
  EXPECT_NEAR(measured["val/mse"].get<double>(), *last.FindHeldOut("clean_loss"), 1e-6);
  EXPECT_NEAR(denoising["val/corrupted_mse"].get<double>(), 0.16, 0.03);
  EXPECT_LT(denoising["val/wiener_mse"], denoising["val/corrupted_mse"]);
  EXPECT_EQ(measured["baselines"]["pca"]["components"], 3);  // though the filter needs all
  EXPECT_THAT(measured["findings"].dump(), HasSubstr("Wiener"));
  const std::string page = ReadFile(run.directory().report());
  EXPECT_THAT(page, HasSubstr("gaussian noise, σ = 0.4"));
  EXPECT_THAT(page, HasSubstr("linear Wiener filter"));
  EXPECT_THAT(ReadFigure(run.directory().figures(), "denoising").caption,
              HasSubstr("trained on corrupted input"));
}

TEST_F(RunReportTest, OfOtherCorruptionsThereIsNoWienerFilter) {
  const TrainingRun run = Train("occlusion:0.2");
  const Json measured = WriteRunReport(run.directory(), run.session(), data_);
  EXPECT_FALSE(measured["denoising"].contains("val/wiener_mse"));
  EXPECT_THAT(ReadFile(run.directory().report()), HasSubstr("occlusion of 20 % of the area"));
}

TEST_F(RunReportTest, RefreshShowsFiguresThatCameLater) {
  const TrainingRun run = Train();
  WriteRunReport(run.directory(), run.session(), data_);
  Figure later{
      .folder = run.directory().figures(), .name = "later", .caption = "A later figure.", .alt_text = "x"};
  const auto draw = [&](const std::string& model) {
    later.model = model;
    WriteFigure(later, {.script = "plot x\n",
                        .width = 200,
                        .height = 100,
                        .font_size = 10,
                        .data_name = "later.csv",
                        .data = ""});
    RefreshRunReport(run.directory());
    return ReadFile(run.directory().report());
  };
  for (const char* name : {"later", figure_name::kReconstruction}) {
    later.name = name;
    EXPECT_THAT(draw(""), HasSubstr("A later figure."));
    EXPECT_THAT(draw(run.model().checksum()), HasSubstr("A later figure."));
    EXPECT_THAT(draw("of an earlier epoch"),
                AllOf(Not(HasSubstr("A later figure.")),
                      HasSubstr(later.name + ".png is left out, because it shows another state")));
  }
}

// In JSON, its errors (NaN) and its codes (infinite) become null.
TEST_F(RunReportTest, OfAModelThatDivergedThereIsAReport) {
  for (const char* corrupt : {"none", "gaussian:0.4"}) {
    const TrainingRun run = Train(corrupt);
    const auto backend = MakeBackend({.threads = 1});
    test::TestModel model = test::TinyModel(*backend);
    test::SetParam(*model, "fc1.weight", 1e30F);
    test::SetParam(*model, "fc2.weight", 1e30F);
    test::SetParam(*model, "fc4.bias", std::numeric_limits<float>::quiet_NaN());
    WriteRunReport(run.directory(), model, data_);
    const Json measured = ReadJson(run.directory().path() / "measurements.json");
    EXPECT_TRUE(measured["val/mse"].is_null());
    EXPECT_TRUE(fs::exists(run.directory().figures() / "best-to-worst.png"));
    EXPECT_FALSE(fs::exists(run.directory().figures() / "traversal.png"));
    EXPECT_TRUE(measured["code"]["units"][0]["mean"].is_null());
    const std::string page = ReadFile(run.directory().report());
    EXPECT_THAT(page, HasSubstr("<dd>–</dd>"));
    EXPECT_THAT(page, HasSubstr("val − train: –"));
    EXPECT_THAT(page, HasSubstr("<td>–</td><td>–</td><td>–</td><td>100.0 %</td>"));
    EXPECT_THAT(page, HasSubstr("Units with numbers that are not finite: 0, 1, 2."));
    fs::remove_all(run.directory().path());
  }
}

TEST_F(RunReportTest, MeasurementsThatLieAreADataError) {
  const TrainingRun run = Train();
  for (const char* text :
       {"", "[]", "{}", "{\"held_out_name\": 3}", "{\"held_out_name\": \"val\", \"val/mse\": \"x\"}"}) {
    WriteFileAtomically(run.directory().path() / "measurements.json", text);
    try {
      RefreshRunReport(run.directory());
      ADD_FAILURE() << "accepted " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
    }
  }
  EXPECT_FALSE(fs::exists(run.directory().report()));
}

}  // namespace
}  // namespace hourglass
