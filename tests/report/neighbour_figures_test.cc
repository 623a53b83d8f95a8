// Neighbours in pixels and in a code whose lists are known.
#include "hourglass/report/neighbour_figures.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/core/file.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using testing::HasSubstr;

constexpr int64_t kCount = 40;

// Image i has brightness 6i everywhere: its nearest images are its neighbours by number.
std::shared_ptr<const Dataset> Ramp() {
  Tensor images({kCount, 1, 4, 4}, DType::kU8);
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < kCount; ++i) {
    labels.push_back(static_cast<int32_t>(i % 2));
    for (int64_t p = 0; p < 16; ++p) images.data<uint8_t>()[i * 16 + p] = static_cast<uint8_t>(6 * i);
  }
  return std::make_shared<InMemoryDataset>(std::move(images), std::move(labels));
}

// The code that keeps the order, or the one that separates even from odd numbers.
ScoredCode Code(bool torn) {
  ScoredCode code{.name = "code", .label = "a code", .codes = Tensor({kCount, 2}), .scores = {}};
  for (int64_t i = 0; i < kCount; ++i) {
    code.codes.data<float>()[2 * i] = static_cast<float>(i);
    code.codes.data<float>()[2 * i + 1] = torn && i % 2 == 1 ? 1000.0F : 0.0F;
  }
  NeighbourhoodScores scores;
  scores.n = kCount;
  scores.qnx = {0.5, 0.6, 0.7};
  scores.kept_k = 2;
  scores.kept_shares.assign(kCount, 0.5F);
  scores.kept_shares[3] = 1;
  code.scores.push_back(std::move(scores));
  return code;
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(NeighbourFigures, LostAndKeptNeighboursAreFramed) {
  const test::TemporaryDirectory folder;
  const auto data = Ramp();
  const std::vector<int64_t> ids = {0, 20};
  DrawNearest(folder.path(), Code(false), Distance::kL2, *data, ids);
  std::string script = ReadFile(folder / "nearest-code.gp");
  EXPECT_EQ(Count(script, "#D55E00"), 0);  // nothing is lost
  EXPECT_EQ(Count(script, "#0072B2"), 2 * 10 * 2);
  // Two pairs of rows of 84 pixels, with a wider gap between the pairs.
  EXPECT_THAT(script, HasSubstr(fmt::format("set yrange [0:{}]", 4 * 84 + 3 * 4 + 20)));
  DrawNearest(folder.path(), Code(true), Distance::kL1, *data, ids);
  script = ReadFile(folder / "nearest-code.gp");
  // Of the ten nearest, those of the other parity are lost: 5 of 1 … 10, 6 of 15 … 25.
  EXPECT_EQ(Count(script, "#D55E00"), 5 + 6);
  EXPECT_EQ(Count(script, "#0072B2"), 2 * (5 + 4));
}

// A new image lies in the same place as the training image with its number.
TEST(NeighbourFigures, NewImagesStandBesideTrainingImages) {
  const test::TemporaryDirectory folder;
  DataSplits data;
  data.train = data.held_out = Ramp();
  ScoredCode code = Code(true);
  code.new_codes = code.codes.Clone();
  const std::vector<int64_t> ids = {0, 20};
  const Figure figure = DrawNearestOfNew(folder.path(), code, Distance::kL2, data, ids);
  EXPECT_EQ(figure.name, "nearest-code-new");
  EXPECT_THAT(figure.caption, HasSubstr("2 images that training has not seen, with their 10 nearest"));
  const std::string script = ReadFile(folder / "nearest-code-new.gp");
  // Nearest are 0 … 9 and 15 … 24 or 16 … 25; half of each have the same parity and stay.
  EXPECT_EQ(Count(script, "#0072B2"), 2 * (5 + 5));
  EXPECT_EQ(Count(script, "#D55E00"), 5 + 5);
  code.new_codes.data<float>()[0] = 20;  // image 0 among the codes of 10 … 28, far from those of 0 … 9
  DrawNearestOfNew(folder.path(), code, Distance::kL2, data, std::vector<int64_t>{0});
  EXPECT_EQ(Count(ReadFile(folder / "nearest-code-new.gp"), "#D55E00"), 10);
}

TEST(NeighbourFigures, FewImagesHaveFewNeighbours) {
  const test::TemporaryDirectory folder;
  Tensor images({4, 1, 4, 4}, DType::kU8);
  for (int64_t i = 0; i < images.size(); ++i) images.data<uint8_t>()[i] = static_cast<uint8_t>(i);
  const InMemoryDataset data(std::move(images), {0, 1, 2, 3});
  ScoredCode code = Code(false);
  code.codes = Tensor({4, 2});
  for (int64_t i = 0; i < 8; ++i) code.codes.data<float>()[i] = static_cast<float>(i);
  DrawNearest(folder.path(), code, Distance::kL2, data, std::vector<int64_t>{2});
  EXPECT_EQ(Count(ReadFile(folder / "nearest-code.gp"), "#0072B2"), 2 * 3);
}

TEST(NeighbourFigures, CodesOfTwoNumbersArePoints) {
  const test::TemporaryDirectory folder;
  const auto data = Ramp();
  ScoredCode code = Code(false);
  const auto figures = DrawCodes(folder.path(), code, 0, 0.9, *data);
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_EQ(figures[0].name, "codes-code");
  EXPECT_EQ(figures[1].name, "codes-code-kept");
  EXPECT_THAT(figures[1].caption, HasSubstr("score@2 by L2"));
  EXPECT_THAT(figures[1].caption, HasSubstr("0.6000"));
  code.codes = Tensor({kCount, 3});
  EXPECT_TRUE(DrawCodes(folder.path(), code, 0, 0.9, *data).empty());
}

TEST(NeighbourFigures, CurvesStandBesideChance) {
  const test::TemporaryDirectory folder;
  std::vector<ScoredCode> codes;
  codes.push_back(Code(false));
  DrawQnx(folder.path(), codes, 0);
  const std::string csv = ReadFile(folder / "qnx-l2.csv");
  EXPECT_THAT(csv, HasSubstr("a code,by chance"));
  EXPECT_THAT(csv, HasSubstr("\n2,0.6,0.05128205"));
  codes[0].scores[0].all_sizes = {.points = 40, .area = 0.25, .ks = {1, 10}, .qnx = {0.5, 0.9}};
  DrawRnx(folder.path(), codes, 0);
  EXPECT_THAT(ReadFile(folder / "rnx-l2.csv"), HasSubstr("a code: area 0.250\n1,0.48684"));
  EXPECT_FLOAT_EQ(static_cast<float>(HighScore(codes, 0)), 1);
}

}  // namespace
}  // namespace hourglass
