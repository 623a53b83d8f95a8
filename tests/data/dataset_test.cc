// Data sets in memory, and their statistics.
#include "hourglass/data/dataset.h"
#include "hourglass/data/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "hourglass/core/error.h"
#include "hourglass/data/axis_order.h"
#include "hourglass/data/classes.h"
#include "hourglass/data/digits/stroke_models.h"
#include "hourglass/data/formats/npy.h"
#include "hourglass/data/statistics.h"
#include "hourglass/data/subset.h"
#include "support/temporary_directory.h"
#include "support/tiny_images.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

InMemoryDataset Counting(int64_t count, std::vector<int32_t> labels) {
  Tensor images(Shape{count, 1, 2, 2}, DType::kU8);
  std::iota(images.data<uint8_t>(), images.data<uint8_t>() + images.size(), uint8_t{0});
  return {std::move(images), std::move(labels)};
}

std::vector<int> FirstPixels(const Dataset& data, std::vector<int64_t> ids) {
  PixelRoom room;
  const LocatedPixels located = data.Locate(ids, room);
  std::vector<int> pixels;
  for (size_t i = 0; i < ids.size(); ++i) pixels.push_back(located.image(i)[0]);
  return pixels;
}

TEST(DatasetTest, LocatesImagesWhereTheyLie) {
  const InMemoryDataset data = Counting(5, {});
  const std::vector<int64_t> ids = {3, 0, 3};
  PixelRoom room;
  const LocatedPixels located = data.Locate(ids, room);
  EXPECT_EQ(located.images, &data.images());
  EXPECT_THAT(located.rows, ElementsAre(3, 0, 3));
  EXPECT_TRUE(room.pixels.empty());
  EXPECT_THAT(FirstPixels(data, {3, 0, 3}), ElementsAre(12, 0, 12));
  EXPECT_THROW(data.Locate(std::vector<int64_t>{0, 5}, room), Error);
  EXPECT_THROW(data.Locate(std::vector<int64_t>{-1}, room), Error);
}

// Pixels in memory and decoded pixels give the same, also from a subset of a subset.
TEST(DatasetTest, ASubsetIsTheRowsThatItNames) {
  const auto whole = std::make_shared<InMemoryDataset>(Counting(6, {7, 1, 7, 200, 3, 4}));
  for (const std::shared_ptr<const Dataset>& base :
       {std::shared_ptr<const Dataset>(whole),
        std::shared_ptr<const Dataset>(new test::DecodedView(whole))}) {
    const auto some = std::make_shared<Subset>(base, std::vector<int64_t>{5, 3, 0, 3});
    const Subset fewer(some, {3, 2, 0});
    EXPECT_EQ(some->size(), 4);
    EXPECT_EQ(some->image_shape(), (Shape{1, 2, 2}));
    EXPECT_THAT(some->labels(), ElementsAre(4, 200, 7, 200));
    EXPECT_THAT(fewer.labels(), ElementsAre(200, 7, 4));
    EXPECT_THAT(FirstPixels(*some, {1, 0, 2}), ElementsAre(12, 20, 0));
    EXPECT_THAT(FirstPixels(fewer, {2, 1, 0}), ElementsAre(20, 0, 12));
    const Tensor all = AllImages(fewer);
    ASSERT_EQ(all.shape(), (Shape{3, 1, 2, 2}));
    EXPECT_THAT(all.span<uint8_t>(), ElementsAre(12, 13, 14, 15, 0, 1, 2, 3, 20, 21, 22, 23));
    EXPECT_THROW(FirstPixels(*some, {4}), Error);
    EXPECT_THROW(Subset(base, {6}), Error);
  }
  EXPECT_TRUE(Subset(std::make_shared<InMemoryDataset>(Counting(2, {})), {1}).labels().empty());
}

TEST(DatasetTest, AllImagesCopiesOnlyWhatLiesElsewhere) {
  const auto whole = std::make_shared<InMemoryDataset>(Counting(3, {}));
  EXPECT_EQ(AllImages(*whole).raw(), whole->images().raw());
  EXPECT_THAT(AllImages(test::DecodedView(whole)).span<uint8_t>(),
              ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
}

// More images than one block holds.
TEST(DatasetTest, VisitsEveryImageInOrder) {
  Tensor images(Shape{5, 1, 1024, 1024}, DType::kU8);
  for (int64_t i = 0; i < images.size(); ++i) images.data<uint8_t>()[i] = static_cast<uint8_t>(i >> 20);
  std::vector<int> firsts;
  ForEachImage(InMemoryDataset(std::move(images), {}), [&](std::span<const uint8_t> image) {
    EXPECT_EQ(image.size(), 1U << 20);
    firsts.push_back(image.front() + image.back());
  });
  EXPECT_THAT(firsts, ElementsAre(0, 2, 4, 6, 8));
}

TEST(DatasetTest, RefusesLabelsOfAnotherNumber) {
  EXPECT_THROW(Counting(5, {1, 2}), Error);
}

TEST(DatasetTest, ReadsPixelsBetweenZeroAndOne) {
  Tensor images(Shape{2, 1, 1, 2}, DType::kU8);
  const std::vector<uint8_t> bytes = {0, 255, 51, 102};
  std::copy(bytes.begin(), bytes.end(), images.data<uint8_t>());
  const InMemoryDataset data(std::move(images), {});
  EXPECT_THAT(ReadPixels(data, {}).span<float>(), ElementsAre(0.0F, 1.0F, 0.2F, 0.4F));
  EXPECT_THAT(ReadPixels(data, std::vector<int64_t>{1}).span<float>(), ElementsAre(0.2F, 0.4F));
}

TEST(DatasetTest, CountsPixelsAndLabels) {
  const DatasetStatistics statistics = ComputeStatistics(Counting(4, {7, 1, 7, 70000}));
  EXPECT_NEAR(statistics.mean, 7.5 / 255, 1e-12);
  EXPECT_NEAR(statistics.standard_deviation, std::sqrt(21.25) / 255, 1e-12);
  EXPECT_EQ(statistics.background, 1.0 / 16);
  EXPECT_EQ(statistics.lowest, 0);
  EXPECT_EQ(statistics.highest, 15);
  EXPECT_THAT(statistics.label_counts, ElementsAre(Pair(1, 1), Pair(7, 2), Pair(70000, 1)));
}

TEST(DatasetTest, FindsTheFirstImagesOfEachLabel) {
  EXPECT_THAT(FirstIdsByLabel(Counting(6, {3, 1, 3, 3, 1, 9}), 2),
              ElementsAre(Pair(1, ElementsAre(1, 4)), Pair(3, ElementsAre(0, 2)), Pair(9, ElementsAre(5))));
}

TEST(DatasetTest, OtherTensorsAreUsageErrors) {
  const test::TemporaryDirectory folder;
  const auto arrange = [](Shape shape, DType dtype, AxisOrder order) {
    Tensor images(shape, dtype);
    ArrangeAxes(images, order);
  };
  const std::vector<double> three(3);
  test::ExpectUsageErrors({
      {"u8 [2, 16]",
       [] {
         InMemoryDataset(Tensor({2, 16}, DType::kU8), {});
       }},
      {"f32 [2, 1, 4, 4]",
       [] {
         InMemoryDataset(Tensor({2, 1, 4, 4}), {});
       }},
      {"order auto",
       [&] {
         arrange({2, 4, 4}, DType::kU8, AxisOrder::kAuto);
       }},
      {"f32 [2, 4, 4]",
       [&] {
         arrange({2, 4, 4}, DType::kF32, AxisOrder::kHWC);
       }},
      {"u8 [2, 4]",
       [&] {
         arrange({2, 4}, DType::kU8, AxisOrder::kHWC);
       }},
      {"got:      f64 [2]", [&] { WriteNpy(folder / "x.npy", Tensor({2}, DType::kF64)); }},
      {"expected: 4\n  got:      3",
       [&] {
         WriteNpy(folder / "x.npy", three, {2, 2});
       }},
      {"expected: 0 to 9\n  got:      10", [] { ShapesOfDigit(10); }},
  });
}

Tensor OnePixelImages(const std::vector<uint8_t>& pixels) {
  Tensor images({std::ssize(pixels), 1, 1, 1}, DType::kU8);
  std::ranges::copy(pixels, images.data<uint8_t>());
  return images;
}

TEST(Duplicates, AreCountedWithinAndAcrossParts) {
  const InMemoryDataset train(OnePixelImages({5, 7, 5, 9, 5}), {}),
      held_out(OnePixelImages({1, 9, 5, 9}), {});
  const SplitDuplicates found = FindDuplicates(train, held_out, 1);
  EXPECT_EQ(found.train.count, 2);
  EXPECT_THAT(found.train.examples, ElementsAre(std::pair(0, 2)));
  EXPECT_EQ(found.held_out.count, 1);
  EXPECT_THAT(found.held_out.examples, ElementsAre(std::pair(1, 3)));
  EXPECT_EQ(found.across.count, 3);
  EXPECT_THAT(found.across.examples, ElementsAre(std::pair(3, 1)));
}

TEST(ClassNames, AreFoundByNameOrNumber) {
  const InMemoryDataset data(OnePixelImages({0, 0}), {0, 1}, {.classes = {"cat", "dog"}});
  EXPECT_EQ(LabelNamed(data, "dog"), 1);
  EXPECT_EQ(LabelNamed(data, "0"), 0);
  for (const char* name : {"", "2", "-1", "do", "1x"}) EXPECT_THROW(LabelNamed(data, name), Error) << name;
  EXPECT_EQ(LabelNamed(InMemoryDataset(OnePixelImages({0}), {}), "77"), 77);
}

TEST(ClassNames, AreKeysOfJson) {
  const std::vector<std::string> names = {"cat", "caf\xE9", "caf\xE8", "two\nlines"};
  const std::map<int32_t, int> values = {{0, 5}, {1, 6}, {2, 7}, {3, 8}, {9, 1}};
  EXPECT_EQ(ByClassKey(names, values),
            Json({{"cat", 5}, {"caf\uFFFD", 6}, {"caf\uFFFD (2)", 7}, {"two\nlines", 8}, {"9", 1}}));
  EXPECT_EQ(ByClassKey<int>({}, {{3, 1}}), Json({{"3", 1}}));
  EXPECT_EQ(ByClassKey<int>(std::vector<std::string>{"7"}, {{0, 1}, {7, 2}}), Json({{"7", 1}, {"7 (2)", 2}}));
}

TEST(ClassNames, AreShownOnOneLineAndFoundAsShown) {
  const InMemoryDataset data(OnePixelImages({0, 0}), {0, 1}, {.classes = {"two\nlines", "caf\xE9"}});
  EXPECT_EQ(ShownClassName(data, 0), "two\\nlines");
  EXPECT_EQ(ShownClassName(data, 1), "caf\uFFFD");
  EXPECT_EQ(ShownClassName(data, 2), "2");
  EXPECT_EQ(LabelNamed(data, "two\\nlines"), 0);
  EXPECT_EQ(LabelNamed(data, "caf\uFFFD"), 1);
}

TEST(MatchClassesTest, GivesAClassOneLabelInAllParts) {
  const auto part = [](std::vector<int32_t> labels,
                       std::vector<std::string> names) -> std::shared_ptr<const Dataset> {
    return std::make_shared<const InMemoryDataset>(Tensor({std::ssize(labels), 1, 1, 1}, DType::kU8), labels,
                                                   DataNames{.classes = std::move(names)});
  };
  std::vector<std::shared_ptr<const Dataset>> sorted = {part({0, 1}, {"b", "d"}), part({1, 0}, {"a", "b"}),
                                                        part({0}, {"c"})};
  MatchClasses(sorted);
  for (const auto& each : sorted) EXPECT_THAT(each->class_names(), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(sorted[0]->labels(), ElementsAre(1, 3));
  EXPECT_THAT(sorted[1]->labels(), ElementsAre(1, 0));
  EXPECT_THAT(sorted[2]->labels(), ElementsAre(2));
  std::vector<std::shared_ptr<const Dataset>> chosen = {part({0, 1}, {"small", "large"}),
                                                        part({0, 1}, {"large", "huge"})};
  MatchClasses(chosen);
  EXPECT_THAT(chosen[1]->class_names(), ElementsAre("small", "large", "huge"));
  EXPECT_THAT(chosen[1]->labels(), ElementsAre(1, 2));
  std::vector<std::shared_ptr<const Dataset>> numbers = {part({5, 3}, {}), part({1}, {})};
  MatchClasses(numbers);
  EXPECT_THAT(numbers[0]->labels(), ElementsAre(5, 3));
  EXPECT_THAT(numbers[0]->class_names(), ::testing::IsEmpty());
  std::vector<std::shared_ptr<const Dataset>> mixed = {part({10, 9}, {}), part({0}, {"9"})};
  MatchClasses(mixed);
  EXPECT_THAT(mixed[0]->class_names(), ElementsAre("9", "10"));
  EXPECT_THAT(mixed[0]->labels(), ElementsAre(1, 0));
  EXPECT_THAT(mixed[1]->labels(), ElementsAre(0));
}

}  // namespace
}  // namespace hourglass
