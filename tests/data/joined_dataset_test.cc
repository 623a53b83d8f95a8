// Several data sets as one: what is located where, and what is copied.
#include "hourglass/data/joined_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "hourglass/data/subset.h"
#include "support/tiny_images.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

// Pixels of image i: i, and labels of its number.
std::shared_ptr<const InMemoryDataset> Numbered(int64_t count, int64_t first, bool labels = true) {
  Tensor images({count, 1, 2, 2}, DType::kU8);
  std::vector<int32_t> of_images;
  for (int64_t i = 0; i < count; ++i) {
    std::fill_n(images.data<uint8_t>() + 4 * i, 4, static_cast<uint8_t>(first + i));
    if (labels) of_images.push_back(static_cast<int32_t>(first + i));
  }
  return std::make_shared<const InMemoryDataset>(std::move(images), std::move(of_images));
}

std::vector<int> FirstBytes(const LocatedPixels& located, size_t count) {
  std::vector<int> bytes;
  for (size_t i = 0; i < count; ++i) bytes.push_back(located.image(i)[0]);
  return bytes;
}

// Counts how often it is asked.
class Asked : public test::DecodedView {
 public:
  using DecodedView::DecodedView;
  LocatedPixels Locate(std::span<const int64_t> ids, PixelRoom& room) const override {
    ++located;
    return DecodedView::Locate(ids, room);
  }
  void Expect(std::span<const int64_t> ids) const override { expected.assign(ids.begin(), ids.end()); }

  mutable int located = 0;
  mutable std::vector<int64_t> expected;
};

TEST(JoinedDatasetTest, LocatesImagesOfSeveralParts) {
  const auto decoded = std::make_shared<const Asked>(Numbered(4, 0));
  const auto memory = Numbered(3, 4);
  const JoinedDataset data({{decoded, "a: "}, {memory, "b: "}});
  EXPECT_EQ(data.size(), 7);
  EXPECT_THAT(data.labels(), ElementsAre(0, 1, 2, 3, 4, 5, 6));
  PixelRoom room;
  const std::vector<int64_t> ids = {6, 1, 4, 1, 0, 5};
  EXPECT_THAT(FirstBytes(data.Locate(ids, room), ids.size()), ElementsAre(6, 1, 4, 1, 0, 5));
  EXPECT_EQ(decoded->located, 1) << "once for all of its images";
  const std::vector<int64_t> of_memory = {6, 4};
  const LocatedPixels located = data.Locate(of_memory, room);
  EXPECT_THAT(FirstBytes(located, 2), ElementsAre(6, 4));
  EXPECT_EQ(located.images, &memory->images()) << "not copied";
  EXPECT_THAT(FirstBytes(data.Locate(std::vector<int64_t>{3}, room), 1), ElementsAre(3));
  data.Locate({}, room);
  data.Expect(ids);
  EXPECT_THAT(decoded->expected, ElementsAre(1, 1, 0));
  test::ExpectUsageErrors({{"out of range", [&] { data.Locate(std::vector<int64_t>{7}, room); }},
                           {"out of range", [&] { data.Expect(std::vector<int64_t>{-1}); }},
                           {"out of range", [&] { data.image_name(7); }},
                           {"fit together",
                            [&] {
                              JoinedDataset({{memory}, {test::TinyImages(2, 0, test::Scrambled)}});
                            }},
                           {"fit together",
                            [&] {
                              JoinedDataset({{memory}, {Numbered(2, 0, false)}});
                            }},
                           {"no parts", [&] { JoinedDataset({}); }}});
}

// Sets of sets share one room: none may overwrite the ids of another one.
TEST(JoinedDatasetTest, LocatesThroughOtherSets) {
  const auto decoded = [](int64_t count, int64_t first) {
    return std::make_shared<const test::DecodedView>(Numbered(count, first));
  };
  const auto joined = [](std::vector<JoinedDataset::Part> parts) {
    return std::make_shared<const JoinedDataset>(std::move(parts));
  };
  const auto reversed = [](std::shared_ptr<const Dataset> data) {
    std::vector<int64_t> ids(static_cast<size_t>(data->size()));
    std::iota(ids.rbegin(), ids.rend(), int64_t{0});
    return std::make_shared<const Subset>(std::move(data), std::move(ids));
  };
  const auto inner = reversed(joined({{decoded(3, 0)}, {Numbered(3, 3)}, {decoded(2, 6)}}));
  const auto outer = reversed(joined({{decoded(2, 8)}, {reversed(inner)}, {inner}, {Numbered(2, 20)}}));
  std::vector<int> expected(static_cast<size_t>(outer->size()));
  for (int64_t id = 0; id < outer->size(); ++id)
    expected[static_cast<size_t>(id)] = outer->labels()[static_cast<size_t>(id)];
  PixelRoom room;
  std::vector<int64_t> ids(expected.size());
  std::iota(ids.begin(), ids.end(), int64_t{0});
  EXPECT_THAT(FirstBytes(outer->Locate(ids, room), ids.size()), ElementsAreArray(expected));
  for (size_t step = 1; step < ids.size(); ++step) {  // any ids, in any order, in the room's own rows
    room.rows.clear();
    std::vector<int> wanted;
    for (size_t i = 0; i < 25; ++i) {
      room.rows.push_back(static_cast<int64_t>(i * step % ids.size()));
      wanted.push_back(expected[i * step % ids.size()]);
    }
    EXPECT_THAT(FirstBytes(outer->Locate(room.rows, room), wanted.size()), ElementsAreArray(wanted));
  }
  EXPECT_EQ(ChecksumOf(*joined({{Numbered(3, 0)}, {decoded(2, 3)}})), ChecksumOf(*Numbered(5, 0)));
}

TEST(JoinedDatasetTest, NeedsNoMoreMemoryOnceItsRoomIsWarm) {
  const JoinedDataset data({{Numbered(4, 0)}, {Numbered(4, 4)}});
  PixelRoom room;
  const std::vector<int64_t> ids = {0, 7, 2, 5, 3, 6}, fewer = {7, 0};
  data.Locate(ids, room);
  const auto places = [&] {
    return std::vector<const void*>{room.pixels.raw(), room.rows.data(), room.places.data(),
                                    room.of_part.get(), room.of_part->rows.data()};
  };
  const auto before = places();
  data.Locate(fewer, room);
  data.Locate(ids, room);
  EXPECT_EQ(places(), before);
}

}  // namespace
}  // namespace hourglass
