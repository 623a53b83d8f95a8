// Tables of pixels as data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/core/error.h"
#include "hourglass/data/open_data.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CsvTest : public ::testing::Test {
 protected:
  // All images in the order of the file: nothing is shuffled in the training part of a set with one row held
  // out.
  DataSplits Open(const std::string& text, const std::string& label_column = "auto") const {
    return OpenData({.name = folder_.Write("t.csv", text).string(), .label_column = label_column});
  }
  std::string ErrorOf(const std::string& text, const std::string& label_column = "auto") const {
    try {
      Open(text, label_column);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }
  // The pixels of every image, with its label, by label.
  static std::map<int, std::vector<int>> ByLabel(const DataSplits& data) {
    std::map<int, std::vector<int>> images;
    for (const Dataset* part : {data.train.get(), data.held_out.get()}) {
      PixelRoom room;
      for (int64_t id = 0; id < part->size(); ++id) {
        const std::vector<int64_t> ids = {id};
        const uint8_t* image = part->Locate(ids, room).image(0);
        images[part->labels()[static_cast<size_t>(id)]] = {image, image + part->image_shape().size()};
      }
    }
    return images;
  }

  test::TemporaryDirectory folder_;
};

TEST_F(CsvTest, OfKaggleHasAHeaderAndALabel) {
  const DataSplits data = Open("label,pixel0,pixel1,pixel2,pixel3\n5,0,255,3,4\n7,1,2,30,40\n");
  EXPECT_EQ(data.train->image_shape(), (Shape{1, 2, 2}));
  const auto images = ByLabel(data);
  EXPECT_THAT(images.at(5), ElementsAre(0, 255, 3, 4));
  EXPECT_THAT(images.at(7), ElementsAre(1, 2, 30, 40));
}

TEST_F(CsvTest, TakesTheLabelFromAnyColumn) {
  const std::string rows = "1,2,3,4,9\n5,6,7,8,0\n";
  EXPECT_THAT(ByLabel(Open("a,b,c,d,Class\n" + rows)).at(9), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(ByLabel(Open("a,b,c,d,e\n" + rows, "e")).at(0), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(ByLabel(Open(rows, "4")).at(9), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(ByLabel(Open(rows, "0")).at(5), ElementsAre(6, 7, 8, 0));
  EXPECT_TRUE(Open("1,2,3,4\n5,6,7,8\n").train->labels().empty());
  EXPECT_TRUE(Open("a,b,c,label\n1,2,3,4\n5,6,7,8\n", "none").train->labels().empty());
}

TEST_F(CsvTest, NeverGuessesTheLabel) {
  EXPECT_THAT(ErrorOf("1,2,3,4,9\n5,6,7,8,0\n"),
              AllOf(HasSubstr("which of its columns is the label"), HasSubstr("5 columns")));
  EXPECT_THAT(ErrorOf("a,b,c,d,e\n1,2,3,4,9\n"), HasSubstr("which of its columns"));
  EXPECT_THAT(ErrorOf("1,2,3,4,9\n5,6,7,8,0\n", "5"), AllOf(HasSubstr("no column '5'"), HasSubstr("0 to 4")));
  EXPECT_THAT(ErrorOf("a,b,c,d,e\n1,2,3,4,9\n", "f"), HasSubstr("no column 'f'"));
}

TEST_F(CsvTest, ReadsWhatSpreadsheetsWrite) {
  const auto expected = std::map<int, std::vector<int>>{{1, {10, 20, 30, 40}}, {2, {50, 60, 70, 80}}};
  for (const char* text : {"label,a,b,c,d\n1,10,20,30,40\n2,50,60,70,80\n",
                           "\xEF\xBB\xBFlabel,a,b,c,d\n1,10,20,30,40\n2,50,60,70,80",
                           "label,a,b,c,d\r\n1,10,20,30,40\r\n\r\n2,50,60,70,80\r\n\r\n",
                           "\"label\";\"a;b\";\"b\";\"c\";\"d\"\n\"1\";10;20;30;40\n2;50;60; 70 ;\"80\"\n",
                           "label\ta\tb\tc\td\n1\t10\t20\t30\t40\n2\t50\t60\t70\t80\n"}) {
    EXPECT_EQ(ByLabel(Open(text)), expected) << text;
  }
}

TEST_F(CsvTest, NamesOfClassesAreKept) {
  const DataSplits data = Open("a,b,c,d,class\n1,2,3,4,dog\n5,6,7,8,cat\n9,9,9,9,dog\n");
  EXPECT_THAT(data.train->class_names(), ElementsAre("cat", "dog"));
  EXPECT_THAT(ByLabel(data).at(0), ElementsAre(5, 6, 7, 8));
}

TEST_F(CsvTest, QuotesWithinQuotesAreDoubled) {
  const DataSplits data =
      Open("a,b,c,d,class\n1,2,3,4,\"\"\"so\"\", she said\"\n5,6,7,8,\"\"\"\"\n9,9,9,9,\"a \"\"b\"\"\"\n");
  EXPECT_THAT(data.train->class_names(), ElementsAre("\"", "\"so\", she said", "a \"b\""));
}

TEST_F(CsvTest, FloatsHaveARange) {
  const DataSplits data = Open("label,a,b,c,d\n1,0.0,1.0,0.2,4e-1\n2,0,0,0,0\n");
  EXPECT_THAT(ByLabel(data).at(1), ElementsAre(0, 255, 51, 102));
  EXPECT_THAT(data.note, HasSubstr("read as 0 (black) to 1 (white)"));
  EXPECT_THAT(ErrorOf("label,a,b,c,d\n1,0,256,0,0\n2,0,0,0,0\n"), HasSubstr("outside their range"));
}

TEST_F(CsvTest, FaultsAreNamedByLineAndColumn) {
  EXPECT_THAT(ErrorOf("label,a,b,c,d\n1,2,3,4,5\n\n1,2,,4,5\n"),
              AllOf(HasSubstr("line 4, column 3"), HasSubstr("nothing")));
  EXPECT_THAT(ErrorOf("label,a,b,c,d\n1,2,3:4,4,5\n"),
              AllOf(HasSubstr("line 2, column 3"), HasSubstr("'3:4'")));
  EXPECT_THAT(ErrorOf("label,a,b,c,d\n1,2,3,4\n"),
              AllOf(HasSubstr("line 2"), HasSubstr("5 as in the first"), HasSubstr("4")));
  EXPECT_THAT(ErrorOf("label,a,b,c,d\n1,2,3,4,5,6\n"), HasSubstr("line 2: another number of columns"));
  EXPECT_THAT(ErrorOf("label,a,b,c,d\n"), HasSubstr("no rows"));
  EXPECT_THAT(ErrorOf("label,a,b,c\n1,2,3,4\n5,6,7,8\n"), HasSubstr("no square images"));
}

TEST_F(CsvTest, OtherTextsAreNoTables) {
  for (const char* text :
       {"", "hello\n", "a,b\n1,2\n", "<html>,,,,,", "{\"a\": 1, \"b\": 2, \"c\": 3, \"d\": 4}\n"})
    EXPECT_THAT(ErrorOf(text), HasSubstr("not in a known data format")) << text;
}

}  // namespace
}  // namespace hourglass
