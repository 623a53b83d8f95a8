#include "hourglass/analysis/picking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "hourglass/core/error.h"
#include "support/tiny_images.h"

namespace hourglass {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

std::string MessageOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

TEST(Picking, IndicesOutOfRangeNameTheRange) {
  const auto data = test::TinyImages(12, 4, test::Scrambled);
  EXPECT_THAT(PickByIndex(*data, std::vector<int64_t>{3, 0, 11}), ElementsAre(3, 0, 11));
  for (const int64_t bad : {-1, 12}) {
    const std::vector<int64_t> indices = {3, bad};
    EXPECT_THAT(MessageOf([&] { PickByIndex(*data, indices); }), HasSubstr("0 to 11"));
  }
}

TEST(Picking, DigitsAreTheFirstOfTheirClassOrARandomOne) {
  const auto data = test::TinyImages(400, 4, test::Scrambled);
  const std::vector<int64_t> digits = {3, 0, 3};
  EXPECT_THAT(PickByDigit(*data, digits), ElementsAre(3, 0, 3));
  std::set<int64_t> seen;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const auto picked = PickByDigit(*data, digits, seed);
    EXPECT_EQ(picked, PickByDigit(*data, digits, seed));
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(data->labels()[static_cast<size_t>(picked[i])], digits[i]);
    seen.insert(picked[0]);
    seen.insert(picked[2]);
  }
  EXPECT_GT(seen.size(), 10U);  // the two threes of one picture also differ
}

TEST(Picking, MissingClassesAndLabelsAreErrors) {
  const auto data = test::TinyImages(12, 4, test::Scrambled);
  EXPECT_THAT(MessageOf([&] { PickByDigit(*data, std::vector<int64_t>{4}); }), HasSubstr("0, 1, 2, 3"));
  const auto unlabelled = test::TinyImages(12, 0, test::Scrambled);
  EXPECT_THAT(MessageOf([&] { PickByDigit(*unlabelled, std::vector<int64_t>{0}); }), HasSubstr("no labels"));
}

// A class may have training images alone.
TEST(Picking, AClassWithoutImagesIsCalledByItsName) {
  const InMemoryDataset data(Tensor({2, 1, 4, 4}, DType::kU8), {0, 2}, {.classes = {"cat", "cow", "dog"}});
  EXPECT_THAT(MessageOf([&] { PickByDigit(data, std::vector<int64_t>{1}); }),
              AllOf(HasSubstr("one of cat, dog"), HasSubstr("got:      cow")));
}

TEST(Picking, ClassesThatDataLacksAreReplacedByTheFirstNotShown) {
  const auto classes = [](int count, std::vector<int64_t> wanted) {
    return ClassesToShow(*test::TinyImages(12, count, test::Scrambled), wanted);
  };
  EXPECT_THAT(classes(4, {3, 1}), ElementsAre(3, 1));
  EXPECT_THAT(classes(4, {7, 0, 9}), ElementsAre(1, 0, 2));
  EXPECT_THAT(classes(2, {3, 8}), ElementsAre(0, 1));
  EXPECT_THAT(classes(2, {1, 5, 6, 7}), ElementsAre(1, 0, 0, 1));
  EXPECT_THAT(PickToShow(*test::TinyImages(12, 2, test::Scrambled), std::vector<int64_t>{8, 1}),
              ElementsAre(0, 1));
  EXPECT_THAT(PickToShow(*test::TinyImages(3, 0, test::Scrambled), std::vector<int64_t>{8, 1}),
              ElementsAre(0, 1));
}

TEST(Picking, PairsAreOfTwoClassesAndThenOfOne) {
  const auto pairs = [](int64_t count, int classes) {
    std::vector<std::pair<int64_t, int64_t>> ids;
    for (const ImagePair& pair : PickPairs(*test::TinyImages(count, classes, test::Scrambled)))
      ids.emplace_back(pair.from, pair.to);
    return ids;
  };
  EXPECT_THAT(pairs(30, 10), ElementsAre(Pair(7, 0), Pair(3, 8), Pair(7, 17), Pair(3, 13)));
  EXPECT_THAT(pairs(15, 10), ElementsAre(Pair(7, 0), Pair(3, 8), Pair(3, 13))) << "no other 7";
  EXPECT_THAT(pairs(9, 4), ElementsAre(Pair(2, 0), Pair(1, 3), Pair(2, 6), Pair(1, 5)));
  EXPECT_THAT(pairs(9, 2), ElementsAre(Pair(1, 0), Pair(1, 3), Pair(0, 2)));
  EXPECT_THAT(pairs(3, 1), ElementsAre(Pair(0, 1)));
  EXPECT_THAT(pairs(20, 0), ElementsAre(Pair(0, 1), Pair(2, 3), Pair(4, 5), Pair(6, 7)));
  EXPECT_THAT(pairs(3, 0), ElementsAre(Pair(0, 1)));
  EXPECT_THAT(pairs(1, 0), IsEmpty());
}

TEST(Picking, ImagesAreRankedByTheirErrors) {
  const std::vector<double> errors = {0.5, 0.1, 0.9, 0.3, 0.7};
  const std::vector<RankedImage> three = PickByRank(errors, 3);
  EXPECT_THAT(IdsOf(three), ElementsAre(1, 0, 2));
  EXPECT_EQ(three[1].rank, 0.5);
  EXPECT_EQ(three[1].error, 0.5);
  EXPECT_EQ(three[2].rank, 1);
  EXPECT_THAT(IdsOf(PickByRank(errors, 9)), ElementsAre(1, 3, 0, 4, 2)) << "each once";
  EXPECT_THAT(IdsOf(PickByRank(errors, 1)), ElementsAre(1));
  EXPECT_THAT(IdsOf(PickByRank(std::vector<double>{0.2}, 3)), ElementsAre(0));
  EXPECT_THAT(IdsOf(PickByRank(std::vector<double>{NAN, 2, INFINITY, 2}, 4)), ElementsAre(1, 3, 0, 2));
  std::vector<double> many(1001);
  std::iota(many.rbegin(), many.rend(), 0.0);
  EXPECT_THAT(IdsOf(PickByRank(many, 5)), ElementsAre(1000, 750, 500, 250, 0));
  EXPECT_THAT(MessageOf([] { PickByRank({}, 3); }), HasSubstr("number of images"));
  EXPECT_THAT(MessageOf([&] { PickByRank(errors, 0); }), HasSubstr("images to pick"));
}

TEST(Picking, OneOfEachClass) {
  EXPECT_THAT(PickOneOfEach(*test::TinyImages(12, 4, test::Scrambled)), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(PickOneOfEach(*test::TinyImages(12, 4, test::Scrambled), 2), ElementsAre(0, 1));
  EXPECT_THAT(PickOneOfEach(*test::TinyImages(3, 0, test::Scrambled)), ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace hourglass
