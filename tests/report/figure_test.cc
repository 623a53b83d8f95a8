#include "hourglass/report/figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "report/read_png.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FigureTest : public testing::Test {
 protected:
  Figure MakeFigure() {
    return {.folder = folder_ / "figures", .name = "curve", .caption = "A curve.", .alt_text = "It rises."};
  }
  static FigureSource Source(const std::string& script) {
    return {.script = script,
            .width = 200,
            .height = 100,
            .font_size = 12,
            .data_name = "curve.csv",
            .data = "1,2\n2,3\n"};
  }
  std::string MessageOf(const Figure& figure, const FigureSource& source) {
    try {
      WriteFigure(figure, source);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kFailure);
      return error.what();
    }
    return "";
  }
  // Everything in the figures' folder, including hidden files.
  std::vector<std::string> Files() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "figures"))
      names.push_back(entry.path().filename());
    return names;
  }
  test::TemporaryDirectory folder_;
};

TEST_F(FigureTest, LeavesPicturesScriptAndData) {
  WriteFigure(MakeFigure(), Source("set datafile separator comma\nplot 'curve.csv' with lines\n"));
  EXPECT_THAT(Files(),
              testing::UnorderedElementsAre("curve.png", "curve.svg", "curve.gp", "curve.csv", "curve.json"));
  EXPECT_EQ(test::ReadPng(MakeFigure().png()).shape(), (Shape{100, 200, 3}));
  EXPECT_THAT(ReadFile(MakeFigure().svg()), HasSubstr("</svg>"));
  const Figure back = ReadFigure(folder_ / "figures", "curve");
  EXPECT_EQ(back.caption, "A curve.");
  EXPECT_EQ(back.alt_text, "It rises.");
}

TEST_F(FigureTest, GnuplotsOwnWordsAreInTheError) {
  EXPECT_THAT(MessageOf(MakeFigure(), Source("plot nonsense(x)\n")), HasSubstr("nonsense"));
  EXPECT_TRUE(Files().empty());
}

TEST_F(FigureTest, AFailureLeavesTheOldFigure) {
  WriteFigure(MakeFigure(), Source("plot x\n"));
  const std::string before = ReadFile(MakeFigure().png());
  EXPECT_NE(MessageOf(MakeFigure(), Source("plot nonsense(x)\n")), "");
  EXPECT_EQ(ReadFile(MakeFigure().png()), before);
}

TEST_F(FigureTest, WithoutGnuplotTheHintSaysHowToGetIt) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (folder_ / "nothing").c_str(), 1);
  const std::string message = MessageOf(MakeFigure(), Source("plot x\n"));
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_THAT(message, HasSubstr("apt install gnuplot-nox"));
}

TEST_F(FigureTest, TextCannotBecomeCommands) {
  const std::string evil = "it's `touch " + (folder_ / "pwned").string() + "` \"@x\"\nsystem('x') {/*} \\";
  EXPECT_EQ(MessageOf(MakeFigure(), Source("set title " + GnuplotString(evil) + "\nplot x\n")), "");
  EXPECT_FALSE(fs::exists(folder_ / "pwned"));
  EXPECT_THAT(ReadFile(MakeFigure().svg()), HasSubstr("it's `touch"));
  EXPECT_EQ(GnuplotString("a'b\nc"), "'a''b'.\"\\n\".'c'");
}

TEST_F(FigureTest, NamesCannotBecomeCommands) {
  for (const std::string& name :
       {std::string("it's"), std::string("-e"), std::string("a;system('touch pwned')\nexit")}) {
    Figure figure = MakeFigure();
    figure.name = name;
    WriteFigure(figure, Source("plot x\n"));
    EXPECT_TRUE(fs::exists(figure.png()) && fs::exists(figure.svg())) << name;
    EXPECT_FALSE(fs::exists(folder_ / "figures" / "pwned"));
  }
}

// Labels come from paths, which may hold any bytes; a file's name keeps them.
TEST_F(FigureTest, TextThatIsNotUtf8IsReplaced) {
  EXPECT_EQ(GnuplotString("caf\xE9 \xCF\x83"), "'caf\uFFFD σ'");
  EXPECT_EQ(GnuplotFileName("caf\xE9.png"), "'caf\xE9.png'");
  Figure figure = MakeFigure();
  figure.name = "caf\xE9";
  WriteFigure(figure, Source("set title " + GnuplotString("caf\xE9") + "\nplot x\n"));
  EXPECT_TRUE(fs::exists(figure.png()));
  EXPECT_THAT(ReadFile(figure.svg()), HasSubstr("caf\uFFFD"));
  EXPECT_THAT(ReadFile(figure.svg()), testing::Not(HasSubstr("caf\xE9")));
}

TEST_F(FigureTest, ADescriptionThatLiesIsADataError) {
  fs::create_directories(folder_ / "figures");
  for (const std::string& text :
       {std::string("{"), std::string("[]"), std::string("{\"caption\": 3, \"alt_text\": \"\"}"),
        std::string("{\"caption\": \"\", \"alt_text\": \"\"}")}) {  // the last: no pictures
    WriteFileAtomically(folder_ / "figures/curve.json", text);
    EXPECT_THROW(ReadFigure(folder_ / "figures", "curve"), Error) << text;
  }
}

}  // namespace
}  // namespace hourglass
