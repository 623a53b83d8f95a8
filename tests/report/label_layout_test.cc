#include "hourglass/report/detail/label_layout.h"

#include <gtest/gtest.h>

#include <vector>

namespace hourglass {
namespace {

constexpr double kPlot = 600;

void ExpectApart(const std::vector<TextBox>& boxes) {
  for (size_t i = 0; i < boxes.size(); ++i) {
    EXPECT_TRUE(boxes[i].y >= boxes[i].height / 2 && boxes[i].y <= kPlot - boxes[i].height / 2) << i;
    for (size_t j = 0; j < i; ++j) EXPECT_FALSE(Cover(boxes[i], boxes[j])) << i << " " << j;
  }
}

TEST(LabelLayout, BoxesThatCoverNoOtherStay) {
  std::vector<TextBox> boxes = {{100, 100, 50, 20}, {100, 120, 50, 20}, {150, 100, 50, 20}};
  MoveApart(boxes, kPlot, kPlot);
  EXPECT_EQ(boxes[1].y, 120);
  EXPECT_EQ(boxes[2].x, 150);
  EXPECT_EQ(boxes[2].y, 100);
}

TEST(LabelLayout, BoxesInOnePlaceStandAboveEachOther) {
  for (const double y : {0.0, 15.0, 300.0, 599.0}) {
    std::vector<TextBox> boxes(10, {.x = 200, .y = y, .width = 80, .height = 28});
    MoveApart(boxes, kPlot, kPlot);
    ExpectApart(boxes);
  }
}

TEST(LabelLayout, BoxesMoveIntoThePlot) {
  std::vector<TextBox> boxes = {{-5, 595, 50, 20}, {590, 3, 50, 20}};
  MoveApart(boxes, kPlot, kPlot);
  EXPECT_EQ(boxes[0].x, 25);
  EXPECT_EQ(boxes[0].y, 590);
  EXPECT_EQ(boxes[1].x, 575);
  EXPECT_EQ(boxes[1].y, 10);
}

TEST(LabelLayout, LaterBoxesMakeWay) {
  std::vector<TextBox> boxes = {
      {200, 300, 80, 28}, {230, 310, 80, 28}, {210, 280, 80, 28}, {240, 295, 80, 28}};
  MoveApart(boxes, kPlot, kPlot);
  EXPECT_EQ(boxes[0].y, 300);
  EXPECT_EQ(boxes[1].y, 338);
  ExpectApart(boxes);
}

TEST(LabelLayout, WithoutRoomABoxStays) {
  std::vector<TextBox> boxes(3, {.x = 10, .y = 10, .width = 5, .height = 20});
  MoveApart(boxes, 20, 20);
  EXPECT_EQ(boxes[2].y, 10);
}

}  // namespace
}  // namespace hourglass
