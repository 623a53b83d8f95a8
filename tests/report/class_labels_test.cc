#include "hourglass/report/class_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hourglass/report/fonts.h"

namespace hourglass {
namespace {

// No font can have a character that is not one, U+10FFFF.
const std::string kUndrawn = "\U0010FFFF";

TEST(Fonts, HaveTheirOwnLetters) {
  EXPECT_TRUE(FontsCanDraw("plain"));
  EXPECT_TRUE(FontsCanDraw("σ é …")) << "in DejaVu, which the program depends on";
  EXPECT_TRUE(FontsCanDraw("e\u200Dé")) << "joiners need no glyph";
  EXPECT_FALSE(FontsCanDraw("a" + kUndrawn));
}

TEST(ClassLabels, AreNamesOrNumbers) {
  const ClassLabels labels(std::vector<std::string>{"cat", "two\nlines"}, 12);
  EXPECT_EQ(labels(0), "cat");
  EXPECT_EQ(labels(1), "two\\nlines");
  EXPECT_EQ(labels(2), "2");
  EXPECT_EQ(labels.Explain(std::vector<int32_t>{0, 1, 2}), "");
}

TEST(ClassLabels, NumbersStandForNamesThatNoFontCanDraw) {
  const ClassLabels labels(std::vector<std::string>{"cat", kUndrawn, "é", kUndrawn + "2"}, 12);
  EXPECT_EQ(labels(1), "class 1");
  EXPECT_EQ(labels(2), "é");
  EXPECT_EQ(labels.Explain(std::vector<int32_t>{0, 2}), "");
  EXPECT_EQ(labels.Explain(std::vector<int32_t>{3, 1, 1, 0}),
            "no font can draw some names: class 1 is " + kUndrawn + ", class 3 is " + kUndrawn + "2");
}

TEST(ClassLabels, AreExplainedInCaptions) {
  const InMemoryDataset data(Tensor({2, 1, 4, 4}, DType::kU8), {0, 1}, {.classes = {"cat", kUndrawn}});
  EXPECT_EQ(CaptionEnd(ExplainImageLabels(data, std::vector<int64_t>{0})), "");
  EXPECT_EQ(CaptionEnd(ExplainImageLabels(data, std::vector<int64_t>{0, 1})),
            " Here no font can draw some names: class 1 is " + kUndrawn + ".");
}

}  // namespace
}  // namespace hourglass
