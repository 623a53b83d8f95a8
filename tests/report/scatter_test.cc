#include "hourglass/report/scatter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "report/read_png.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ScatterTest : public testing::Test {
 protected:
  ScatterTest() : points_({6, 2}) {
    for (int64_t i = 0; i < points_.size(); ++i) points_.data<float>()[i] = static_cast<float>(i);
  }
  Figure MakeFigure() { return {.folder = folder_.path(), .name = "codes", .caption = {}, .alt_text = {}}; }
  ScatterPlot Plot() {
    return {.title = "Codes", .x_label = "first", .y_label = "second", .points = &points_};
  }
  // True if the picture has a pixel of about that colour.
  bool HasColour(int red, int green, int blue) {
    const Tensor picture = test::ReadPng(MakeFigure().png());
    const auto* pixels = picture.data<uint8_t>();
    for (int64_t i = 0; i < picture.size(); i += 3) {
      if (std::abs(pixels[i] - red) + std::abs(pixels[i + 1] - green) + std::abs(pixels[i + 2] - blue) < 12) {
        return true;
      }
    }
    return false;
  }
  // How far names are moved from the medians, without repetition.
  std::set<std::string> LabelShifts() {
    std::set<std::string> shifts;
    const std::string script = ReadFile(folder_ / "codes.gp");
    constexpr char kBefore[] = "boxed offset graph ";
    for (size_t at = script.find(kBefore); at != std::string::npos; at = script.find(kBefore, at + 1)) {
      const size_t begin = at + sizeof kBefore - 1;
      shifts.insert(script.substr(begin, script.find('\n', begin) - begin));
    }
    return shifts;
  }

  test::TemporaryDirectory folder_;
  Tensor points_;
};

TEST_F(ScatterTest, ClassesHaveTheirColoursAndStandAtTheirMedians) {
  const std::vector<int32_t> classes = {0, 0, 0, 2, 2, 1};
  WriteScatterPlot(MakeFigure(), Plot(), classes, {});
  EXPECT_THAT(ReadFile(folder_ / "codes.csv"),
              testing::StartsWith("x,y,colour,class\n0,1,0,0\n2,3,0,0\n4,5,0,0\n6,7,2,2\n"));
  const std::string script = ReadFile(folder_ / "codes.gp");
  EXPECT_THAT(script, HasSubstr("set label '0' at 2, 3 center"));
  EXPECT_THAT(script, HasSubstr("set label '1' at 10, 11 center"));
  EXPECT_THAT(script, HasSubstr("title '2'"));
  EXPECT_TRUE(HasColour(0x33, 0x22, 0x88) && HasColour(0xCC, 0x66, 0x77) && HasColour(0x88, 0xCC, 0xEE));
}

TEST_F(ScatterTest, ValuesRunFromDarkToBright) {
  const std::vector<float> values = {0, 0, 0.1F, 0.2F, 0.5F, 0.9F};
  WriteScatterPlot(MakeFigure(), Plot(), values, 0.5, "score@20");
  const std::string script = ReadFile(folder_ / "codes.gp");
  EXPECT_THAT(script, HasSubstr("set cbrange [0:0.5]"));
  EXPECT_THAT(script, HasSubstr("set cblabel 'score@20'"));
  EXPECT_THAT(script, Not(HasSubstr("keyentry")));
  EXPECT_TRUE(HasColour(0x44, 0x01, 0x54) && HasColour(0xfd, 0xe7, 0x25));
}

TEST_F(ScatterTest, ASingleClassAndManyAreDrawn) {
  WriteScatterPlot(MakeFigure(), Plot(), std::vector<int32_t>(6, 0), {});
  EXPECT_TRUE(HasColour(0x33, 0x22, 0x88));
  WriteScatterPlot(MakeFigure(), Plot(), std::vector<int32_t>{0, 2000000000, 12, 9, 10, 255}, {});
  EXPECT_THAT(ReadFile(folder_ / "codes.gp"), HasSubstr("set label '2000000000' at 2, 3"));
}

TEST_F(ScatterTest, ClassesAreCalledByTheirNames) {
  const std::vector<int32_t> classes = {0, 0, 0, 2, 2, 1};
  const std::vector<std::string> names = {"it's, a cat", "a name far too long for a plot"};
  WriteScatterPlot(MakeFigure(), Plot(), classes, names);
  const std::string script = ReadFile(folder_ / "codes.gp");
  EXPECT_THAT(script, HasSubstr("set label 'it''s, a cat' at 2, 3 center"));
  EXPECT_THAT(script, HasSubstr("title 'it''s, a cat'"));
  EXPECT_THAT(script, HasSubstr("'a name far too …'"));
  EXPECT_THAT(script, HasSubstr("set label '2' at")) << "a class without a name";
  EXPECT_THAT(ReadFile(folder_ / "codes.csv"), HasSubstr("0,1,0,\"it's, a cat\"\n"));
  EXPECT_THAT(DescribeClasses(Plot(), classes, names),
              testing::StartsWith("each label stands at the median of its points"));
}

TEST_F(ScatterTest, LongNamesAreToldApart) {
  const std::vector<std::string> names = {"photograph_of_a_cat", "photograph_of_a_dog"};
  WriteScatterPlot(MakeFigure(), Plot(), std::vector<int32_t>{0, 0, 0, 1, 1, 1}, names);
  EXPECT_THAT(ReadFile(folder_ / "codes.gp"),
              AllOf(HasSubstr("set label 'photo…h_of_a_cat' at"),
                    HasSubstr("set label 'photo…h_of_a_dog' at"), HasSubstr("title 'photo…h_of_a_dog'")));
}

TEST_F(ScatterTest, NumbersStandForNamesThatNoFontCanDraw) {
  const std::vector<std::string> names = {"cat", "\U0010FFFF"};
  const std::vector<int32_t> classes = {0, 0, 0, 1, 1, 1};
  WriteScatterPlot(MakeFigure(), Plot(), classes, names);
  EXPECT_THAT(ReadFile(folder_ / "codes.gp"),
              AllOf(HasSubstr("set label 'class 1' at"), HasSubstr("title 'class 1'")));
  EXPECT_THAT(ReadFile(folder_ / "codes.csv"), HasSubstr(",1,\U0010FFFF\n"));
  EXPECT_THAT(DescribeClasses(Plot(), classes, names),
              HasSubstr("; no font can draw some names: class 1 is \U0010FFFF"));
}

// On a diagonal, every name would have room.
TEST_F(ScatterTest, OfManyClassesTheMostFrequentAreNamed) {
  const int64_t count = 70;
  Tensor points({count + 1, 2});
  std::vector<int32_t> classes;
  for (int64_t i = 0; i <= count; ++i) {
    points.data<float>()[2 * i] = points.data<float>()[2 * i + 1] =
        static_cast<float>(std::min(i, count - 1));
    classes.push_back(static_cast<int32_t>(std::min(i, count - 1)));
  }
  ScatterPlot plot = Plot();
  plot.points = &points;
  WriteScatterPlot(MakeFigure(), plot, classes, {});
  const std::string script = ReadFile(folder_ / "codes.gp");
  EXPECT_THAT(script, HasSubstr("set label '69' at 69, 69 left")) << "the only class of two points";
  EXPECT_THAT(script, HasSubstr("set label '0' at"));
  EXPECT_THAT(DescribeClasses(plot, classes, {}), HasSubstr(" of 70 labels stand at"));
  EXPECT_THAT(script, HasSubstr(" others'"));
  EXPECT_THAT(script, Not(HasSubstr("title '0'"))) << "a colour that repeats needs no legend";
  EXPECT_TRUE(HasColour(0xDD, 0xDD, 0xDD));
}

TEST_F(ScatterTest, NamesDoNotCoverEachOther) {
  points_ = Tensor({24, 2});
  std::vector<int32_t> classes;
  for (int64_t i = 0; i < 24; ++i) {  // 11 classes in one place, and one elsewhere
    const int32_t label = static_cast<int32_t>(i % 12);
    points_.data<float>()[2 * i] = points_.data<float>()[2 * i + 1] = label == 11 ? 9.0F : 1.0F;
    classes.push_back(label);
  }
  WriteScatterPlot(MakeFigure(), Plot(), classes, {});
  EXPECT_THAT(DescribeClasses(Plot(), classes, {}), testing::StartsWith("2 of 12 labels"));
  EXPECT_THAT(ReadFile(folder_ / "codes.gp"),
              AllOf(HasSubstr("set label '0' at 1, 1"), HasSubstr("set label '11' at 9, 9"),
                    HasSubstr("title '10 others'")));
}

// As of a collapsed code: all points are equal, or all but one nearly.
TEST_F(ScatterTest, NamesInOnePlaceAreMovedApart) {
  for (const float spread : {0.0F, 1e-5F}) {
    points_ = Tensor({30, 2});
    std::vector<int32_t> classes;
    for (int64_t i = 0; i < 30; ++i) {
      const float place = 2 + spread * static_cast<float>(i < 29 ? i % 10 : 10'000);
      points_.data<float>()[2 * i] = points_.data<float>()[2 * i + 1] = place;
      classes.push_back(static_cast<int32_t>(i % 10));
    }
    WriteScatterPlot(MakeFigure(), Plot(), classes, {});
    EXPECT_EQ(LabelShifts().size(), 10U) << "one each: " << ReadFile(folder_ / "codes.gp");
    EXPECT_THAT(DescribeClasses(Plot(), classes, {}), HasSubstr("or beside it"));
  }
}

TEST_F(ScatterTest, WhatDoesNotFitIsRefused) {
  EXPECT_THROW(WriteScatterPlot(MakeFigure(), Plot(), std::vector<int32_t>(5, 0), {}), Error);
  EXPECT_THROW(WriteScatterPlot(MakeFigure(), Plot(), std::vector<float>(), 1, "v"), Error);
  const Tensor wide({6, 3});
  ScatterPlot plot = Plot();
  plot.points = &wide;
  EXPECT_THROW(WriteScatterPlot(MakeFigure(), plot, std::vector<int32_t>(6, 0), {}), Error);
}

}  // namespace
}  // namespace hourglass
