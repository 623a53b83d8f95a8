// Class names may be any text: folders and tables call classes as they like.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hourglass/core/file.h"
#include "hourglass/core/text.h"
#include "hourglass/report/png.h"
#include "program.h"
#include "support/temporary_directory.h"

namespace hourglass::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ClassNamesTest : public testing::Test {
 protected:
  // 8 x 8 pictures in a folder for each class.
  void WriteFolders(const std::vector<std::string>& names, int each) {
    for (size_t label = 0; label < names.size(); ++label) {
      const auto folder = folder_ / "set" / names[label];
      CreateDirectories(folder);
      for (int i = 0; i < each; ++i) {
        Tensor picture({8, 8}, DType::kU8);
        for (int64_t at = 0; at < picture.size(); ++at)
          picture.data<uint8_t>()[at] =
              static_cast<uint8_t>((static_cast<int64_t>(label) * 150 + i * 7 + at) % 256);
        WritePng(folder / fmt::format("{}.png", i), picture);
      }
    }
  }
  // A table of 8 x 8 pictures.
  void WriteTable(const std::vector<std::string>& names, int each) {
    std::string table = "label";
    for (int i = 0; i < 64; ++i) table += fmt::format(",{}", i);
    for (int row = 0; row < each * std::ssize(names); ++row) {
      table += "\n" + CsvField(names[static_cast<size_t>(row) % names.size()]);
      for (int i = 0; i < 64; ++i) table += fmt::format(",{}", (row * 31 + i * (row % 7)) % 256);
    }
    WriteFileAtomically(folder_ / "set.csv", table + "\n");
  }
  Outcome Run(const std::vector<std::string>& arguments) {
    const Outcome outcome = RunHourglass(arguments, {.folder = folder_.path()});
    EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
    return outcome;
  }
  Json JsonOf(const std::vector<std::string>& arguments) {
    return JsonOfHourglass(arguments, {.folder = folder_.path()});
  }
  void Train() {
    Run({"train", "--data", "set", "-z", "2", "-e", "1", "-b", "8", "--no-report", "--out", "run"});
  }

  TemporaryDirectory folder_;
};

TEST_F(ClassNamesTest, ControlCharactersAreKeptInJsonAndShownElsewhere) {
  WriteFolders({"a\nb", "c\td"}, 16);
  EXPECT_EQ(JsonOf({"data", "info", "set"})["parts"][0]["label_counts"].items().begin().key(), "a\nb");
  EXPECT_THAT(Run({"data", "info", "set"}).out, AllOf(HasSubstr("a\\nb: "), HasSubstr("c\\td: ")));
  EXPECT_THAT(Run({"data", "check", "set"}).out, AllOf(HasSubstr("a\\nb: "), HasSubstr("c\\td: ")));
  Train();
  for (const char* command : {"reconstruct", "denoise"}) {
    EXPECT_THAT(Run({command, "run"}).out, AllOf(HasSubstr("a\\nb  "), HasSubstr("c\\td  ")));
    const Json json = JsonOf({command, "run"});
    const Json& images = json.contains("models") ? json["models"][0]["images"] : json["images"];
    for (const Json& image : images) EXPECT_EQ(image["class"], image["label"] == 0 ? "a\nb" : "c\td");
  }
  JsonOf({"encode", "run"});
  EXPECT_EQ(ReadJson(folder_ / "run/codes/train_names.json")["classes"], Json({"a\nb", "c\td"}));
  const Json scores = JsonOf({"neighbours", "run", "--metric", "l2"})["results"][0]["at"][0]["labels"];
  for (const char* by_label : {"score_by_label", "input_rate_by_label", "code_rate_by_label"}) {
    EXPECT_TRUE(scores[by_label].contains("a\nb") && scores[by_label].contains("c\td")) << scores;
  }
  EXPECT_THAT(Run({"neighbours", "run", "--metric", "l2"}).out, HasSubstr("  a\\nb 0."));
  Run({"map", "run", "--no-scores", "--iterations", "20"});
  const std::string csv = ReadFile(folder_ / "run/map/figures/map.csv");
  EXPECT_THAT(csv, AllOf(HasSubstr(",a\\nb\n"), HasSubstr(",c\\td\n")));
  EXPECT_THAT(ReadFile(folder_ / "run/map/figures/map.gp"), HasSubstr("set label 'a\\nb' at"));
  // A class can be called as it is shown.
  EXPECT_THAT(Run({"generate", "run", "--class", "a\\nb"}).out, HasSubstr("of class a\\nb, decoded"));
  EXPECT_THAT(RunHourglass({"generate", "run", "--class", "e"}, {.folder = folder_.path()}).err,
              HasSubstr("one of a\\nb, c\\td"));
}

TEST_F(ClassNamesTest, OfATableAreWrittenBesideItsCodes) {
  WriteTable({"cat", "a dog"}, 10);
  Run({"train", "--data", "set.csv", "-z", "2", "-e", "1", "-b", "8", "--no-report", "--out", "run"});
  JsonOf({"encode", "run"});
  const Json names = ReadJson(folder_ / "run/codes/train_names.json");
  EXPECT_EQ(names["classes"], Json({"a dog", "cat"}));
  EXPECT_EQ(names["images"], Json::array());
}

// The last two have letters that no font has: captions name these classes.
TEST_F(ClassNamesTest, CannotBecomeMarkup) {
  WriteTable({"<script>alert(1)</script>", "\"quoted\" & 'so'", "<b>\U0010FFFF", "\" onload=\"x()\U0010FFFF"},
             10);
  Run({"train", "--data", "set.csv", "-z", "2", "-e", "1", "-b", "8", "--out", "run"});
  Run({"reconstruct", "run", "--index", "0,1"});
  Run({"generate", "run"});
  Run({"generate", "run", "--from", "<script>alert(1)</script>", "--to", "\"quoted\" & 'so'"});
  Run({"map", "run", "--no-scores", "--iterations", "20"});
  Run({"neighbours", "run", "--metric", "l2", "--at", "3"});
  WriteFileAtomically(folder_ / "study.toml",
                      "title = \"Names\"\ntext = \"A test\"\n[train]\nepochs = 1\nbatch = 8\ncode_size = 2\n"
                      "[[run]]\nname = \"one\"\nlabel = \"one\"\n"
                      "[pictures]\nreconstruct = [0, 1, 2, 3]\ninterpolate = [0, 1]\n"
                      "[generate]\nrun = \"one\"\nfrom = 1\nto = 3\n"
                      "[neighbours]\nk = 5\nat = [3]\nshow = [0, 1, 2, 3]\n");
  Run({"study", "--recipe", "study.toml", "--data", "set.csv", "--out", "study"});
  for (const char* report : {"run/report.html", "study/report.html"}) {
    const std::string page = ReadFile(folder_ / report);
    EXPECT_THAT(page,
                AllOf(HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"), HasSubstr("&lt;b&gt;\U0010FFFF"),
                      HasSubstr("&quot;quoted&quot; &amp; &#39;so&#39;"), HasSubstr("no font can draw")))
        << report;
    EXPECT_THAT(page, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("<b>")), Not(HasSubstr("\" onload"))));
  }
  for (const char* figure :
       {"run/figures/centroids.svg", "run/map/figures/map.svg", "study/figures/generation.svg"}) {
    const std::string picture = ReadFile(folder_ / figure);
    EXPECT_THAT(picture, AllOf(HasSubstr("&lt;script"), Not(HasSubstr("<script")))) << figure;
  }
}

}  // namespace
}  // namespace hourglass::test
