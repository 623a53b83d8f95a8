#include "hourglass/report/plots.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <regex>
#include <set>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/report/loss_plot.h"
#include "report/read_png.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<EpochMetrics> Epochs(const std::vector<double>& rates) {
  std::vector<EpochMetrics> epochs;
  for (const double rate : rates) {
    const auto epoch = static_cast<int64_t>(epochs.size()) + 1;
    epochs.push_back({epoch,
                      {{"train/loss", 0.1 / static_cast<double>(epoch)},
                       {"val/loss", 0.2 / static_cast<double>(epoch)},
                       {"lr", rate}}});
  }
  return epochs;
}

class PlotsTest : public testing::Test {
 protected:
  Figure MakeFigure() { return {.folder = folder_.path(), .name = "plot", .caption = {}, .alt_text = {}}; }
  std::string Data() { return ReadFile(folder_ / "plot.csv"); }
  std::string Script() { return ReadFile(folder_ / "plot.gp"); }
  test::TemporaryDirectory folder_;
};

TEST_F(PlotsTest, LearningRateDropsLieBetweenTheirEpochs) {
  const auto marks = LearningRateDrops(Epochs({1e-3, 1e-3, 1e-4, 1e-4, 5e-5}));
  ASSERT_THAT(marks, SizeIs(2));
  EXPECT_EQ(marks[0].x, 2.5);
  EXPECT_EQ(marks[0].text, "learning rate 1e-4");
  EXPECT_EQ(marks[1].x, 4.5);
  EXPECT_EQ(marks[1].text, "learning rate 5e-5");
  EXPECT_THAT(LearningRateDrops({}), IsEmpty());
}

TEST_F(PlotsTest, AnEpochAloneIsSeenAndEpochsAreWhole) {
  WriteLinePlot(MakeFigure(), LossPlot({{"", Epochs({1e-3})}}, "Loss", "MSE"));
  EXPECT_THAT(Script(), AllOf(HasSubstr("with points"), HasSubstr("set xtics 1\n")));
  WriteLinePlot(MakeFigure(), LossPlot({{"", Epochs(std::vector<double>(30, 1e-3))}}, "Loss", "MSE"));
  EXPECT_THAT(Script(), Not(AnyOf(HasSubstr("with points"), HasSubstr("set xtics 1\n"))));
}

TEST_F(PlotsTest, LossPlotNamesWhatItShows) {
  const LinePlot single = LossPlot({{.label = "", .epochs = Epochs({1e-3, 1e-4})}}, "Loss");
  ASSERT_THAT(single.series, SizeIs(2));
  EXPECT_EQ(single.series[0].label, "train");
  EXPECT_EQ(single.series[1].label, "val");
  EXPECT_THAT(single.marks, SizeIs(1));
  const LinePlot both = LossPlot(
      {{.label = "d = 4", .epochs = Epochs({1e-3, 1e-4})}, {.label = "d = 8", .epochs = Epochs({1e-3})}},
      "Loss");
  ASSERT_THAT(both.series, SizeIs(4));
  EXPECT_EQ(both.series[3].label, "d = 8, val");
  EXPECT_THAT(both.marks, IsEmpty());
  WriteLinePlot(MakeFigure(), both);
  EXPECT_EQ(Data(),
            "epoch,\"d = 4, train\",\"d = 4, val\",\"d = 8, train\",\"d = 8, "
            "val\"\n1,0.1,0.2,0.1,0.2\n2,0.05,0.1,,\n");
}

TEST_F(PlotsTest, ManyRunsShowTheirHeldOutLossAlone) {
  std::vector<RunCurve> runs;
  for (int i = 0; i < 20; ++i) runs.push_back({fmt::format("run {}", i), Epochs({1e-3, 1e-3})});
  const LinePlot plot = LossPlot(runs, "Losses");
  ASSERT_THAT(plot.series, SizeIs(20));
  EXPECT_EQ(plot.series[3].label, "run 3");
  EXPECT_EQ(plot.series[3].y, (std::vector<double>{0.2, 0.1}));
  runs.resize(8);
  EXPECT_THAT(LossPlot(runs, "Losses").series, SizeIs(16));
}

// There are seven colours and seven symbols.
TEST_F(PlotsTest, SeriesOfOneColourHaveOtherSymbols) {
  LinePlot plot{.title = "t", .x_label = "x", .y_label = "y", .series = {}};
  for (int i = 0; i < 30; ++i) {
    plot.series.push_back({.label = fmt::format("s{}", i), .x = {1, 2}, .y = {1, 2}, .points = true});
  }
  WriteLinePlot(MakeFigure(), plot);
  const std::string script = Script();
  const std::regex look("linecolor ('[^']*') [^\n]*pointtype ([0-9]+)");
  std::set<std::string> looks;
  for (std::sregex_iterator at(script.begin(), script.end(), look), end; at != end; ++at) {
    looks.insert(at->str(1) + at->str(2));
  }
  EXPECT_THAT(looks, SizeIs(30));
}

TEST_F(PlotsTest, SymbolsMayShareAnXAndCategoriesHaveNames) {
  LinePlot plot{.title = "t",
                .x_label = "optimizer",
                .y_label = "y",
                .series = {{.label = "mean", .x = {0, 1}, .y = {2, 5}},
                           {.label = "seeds", .x = {0, 0, 1}, .y = {1, 3, 5}, .line = false}}};
  plot.x_categories = {"adam", "it's sgd"};
  WriteLinePlot(MakeFigure(), plot);
  EXPECT_EQ(Data(), "optimizer,mean,seeds\n0,2,1\n0,,3\n1,5,5\n");
  EXPECT_THAT(Script(), HasSubstr("set xtics ('adam' 0, 'it''s sgd' 1)"));
  EXPECT_THAT(Script(), HasSubstr("using 1:3 with points"));
}

TEST_F(PlotsTest, LogAxesHoldAllPositiveValues) {
  LinePlot plot{.title = "t",
                .x_label = "x",
                .y_label = "y",
                .series = {{.label = "s", .x = {1, 2, 3}, .y = {0, 0.02, 0.3}}}};
  plot.log_y = true;
  WriteLinePlot(MakeFigure(), plot);
  EXPECT_THAT(Script(), HasSubstr("set yrange [0.0181818:0.33]"));
  EXPECT_THAT(Script(), HasSubstr("0.05, 0.1, 0.2"));
  plot.series[0].y = {0.06, 0.04, 0.08};
  WriteLinePlot(MakeFigure(), plot);
  EXPECT_THAT(Script(), HasSubstr("0.04, 0.05, 0.06, 0.07, 0.08"));
}

TEST_F(PlotsTest, NotANumberLeavesAGapInTheData) {
  WriteLinePlot(MakeFigure(), {.title = "t",
                               .x_label = "x",
                               .y_label = "y",
                               .series = {{.label = "s", .x = {1, 2, 3}, .y = {1, NAN, 2}, .points = true}}});
  EXPECT_EQ(Data(), "x,s\n1,1\n2,NaN\n3,2\n");
}

TEST_F(PlotsTest, BarsKeepHostileNames) {
  WriteBarPlot(MakeFigure(),
               {.title = "t",
                .y_label = "y",
                .categories = {"a,\"b\"", "it's 20 %"},
                .groups = {{.label = "g", .values = {1, 2}}, {.label = "h", .values = {3, 4}}}});
  EXPECT_EQ(Data(), "category,g,h\n\"a,\"\"b\"\"\",1,3\nit's 20 %,2,4\n");
  EXPECT_EQ(test::ReadPng(MakeFigure().png()).shape(), (Shape{1080, 1800, 3}));
}

// A category with two lines must not become two rows: later bars would stand under wrong names.
TEST_F(PlotsTest, CategoriesOfTwoLinesStayOneRow) {
  WriteBarPlot(MakeFigure(), {.title = "t",
                              .y_label = "y",
                              .categories = {"one", "PCA\n8 components", "three"},
                              .groups = {{.label = "g", .values = {1, 2, 3}}}});
  EXPECT_EQ(Data(), "category,g\none,1\nPCA 8 components,2\nthree,3\n");
  EXPECT_THAT(Script(), HasSubstr("'PCA'.\"\\n\".'8 components' 1"));
}

// They would overlap those of other bars.
TEST_F(PlotsTest, NumbersOfLowBarsAreNoLongerThanThoseOfHighOnes) {
  const auto write = [&](const std::vector<double>& values) {
    WriteBarPlot(MakeFigure(), {.title = "t",
                                .y_label = "y",
                                .categories = {"a", "b"},
                                .groups = {{.label = "g", .values = values}}});
    return Script();
  };
  EXPECT_THAT(write({2.59, 0.00029}), HasSubstr("%.2f"));
  EXPECT_THAT(write({0.0338, 0.006}), HasSubstr("%.4f"));
  EXPECT_THAT(write({1234, 1}), HasSubstr("%.0f"));
  EXPECT_THAT(write({0, 0}), HasSubstr("%.0f"));
}

TEST_F(PlotsTest, NothingToDrawIsAnError) {
  EXPECT_THROW(WriteLinePlot(MakeFigure(), LossPlot({}, "Loss")), Error);
  EXPECT_THROW(
      WriteLinePlot(
          MakeFigure(),
          {.title = "t", .x_label = "x", .y_label = "y", .series = {{.label = "s", .x = {1}, .y = {}}}}),
      Error);
  EXPECT_THROW(
      WriteBarPlot(
          MakeFigure(),
          {.title = "t", .y_label = "y", .categories = {"a"}, .groups = {{.label = "g", .values = {}}}}),
      Error);
}

}  // namespace
}  // namespace hourglass
