// The built-in digits: the same for everyone, in the format of MNIST.
#include "hourglass/data/digits/digits.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "hourglass/core/file.h"
#include "hourglass/core/hash.h"
#include "hourglass/data/digits/stroke_models.h"
#include "hourglass/data/statistics.h"

namespace hourglass {
namespace {

constexpr DigitsOptions kSmall = {.seed = 3, .train_count = 1000, .test_count = 200};

std::string Checksum(const Digits& digits) {
  std::string bytes;
  for (const auto& part : {digits.train, digits.test}) {
    bytes.append(static_cast<const char*>(part->images().raw()), part->images().byte_size());
    bytes.append(part->labels().begin(), part->labels().end());
  }
  return Sha256(bytes);
}

std::string ChecksumWithThreads(int threads) {
  const int before = ::omp_get_max_threads();
  ::omp_set_num_threads(threads);
  const std::string checksum = Checksum(DrawDigits(kSmall));
  ::omp_set_num_threads(before);
  return checksum;
}

TEST(DigitsTest, DependOnTheSeedAndNotOnThreads) {
  const std::string one = ChecksumWithThreads(1);
  EXPECT_EQ(one, ChecksumWithThreads(2));
  EXPECT_EQ(one, ChecksumWithThreads(5));
  DigitsOptions other = kSmall;
  other.seed = 4;
  EXPECT_NE(one, Checksum(DrawDigits(other)));
}

TEST(DigitsTest, TestImagesAreNotTrainImages) {
  const Digits digits = DrawDigits({.seed = 3, .train_count = 200, .test_count = 200});
  const auto pictures = [](const InMemoryDataset& data) {
    const auto pixels = data.images().span<uint8_t>();
    const auto size = static_cast<size_t>(data.image_shape().size());
    std::set<std::vector<uint8_t>> all;
    for (size_t at = 0; at < pixels.size(); at += size)
      all.emplace(pixels.begin() + static_cast<std::ptrdiff_t>(at),
                  pixels.begin() + static_cast<std::ptrdiff_t>(at + size));
    return all;
  };
  auto train = pictures(*digits.train), test = pictures(*digits.test);
  train.merge(test);
  EXPECT_EQ(train.size(), 400u) << "a picture that is in both parts";
}

TEST(DigitsTest, LabelsAreBalancedAndShuffled) {
  const Digits digits = DrawDigits(kSmall);
  for (const auto& [label, count] : ComputeStatistics(*digits.train).label_counts)
    EXPECT_EQ(count, 100) << label;
  EXPECT_EQ(ComputeStatistics(*digits.test).label_counts.size(), 10u);
  const auto labels = digits.train->labels();
  EXPECT_FALSE(std::is_sorted(labels.begin(), labels.end()));
  int repeats = 0;
  for (size_t i = 10; i < labels.size(); ++i) repeats += labels[i] == labels[i - 10];
  EXPECT_LT(repeats, 200);
}

// As in MNIST: ink in a box of 20 pixels (touching both ends of its longer side), the centre of mass within
// half a pixel of the centre unless that would cut off ink.
TEST(DigitsTest, AreFittedAndCentredAsInMnist) {
  const Digits digits = DrawDigits(kSmall);
  const auto* image = digits.train->images().data<uint8_t>();
  for (int64_t i = 0; i < digits.train->size(); ++i, image += 784) {
    int left = 28, right = -1, top = 28, bottom = -1;
    double mass = 0, x_moment = 0, y_moment = 0;
    for (int y = 0; y < 28; ++y) {
      for (int x = 0; x < 28; ++x) {
        const int ink = image[28 * y + x];
        if (ink == 0) continue;
        left = std::min(left, x), right = std::max(right, x);
        top = std::min(top, y), bottom = std::max(bottom, y);
        mass += ink, x_moment += ink * (x + 0.5), y_moment += ink * (y + 0.5);
      }
    }
    ASSERT_EQ(std::max(right - left, bottom - top) + 1, 20) << i;
    if (left > 0 && right < 27) {
      ASSERT_LE(std::abs(x_moment / mass - 14), 0.502) << i;
    }
    if (top > 0 && bottom < 27) {
      ASSERT_LE(std::abs(y_moment / mass - 14), 0.502) << i;
    }
  }
}

TEST(DigitsTest, EachDigitHasSeveralShapes) {
  for (int digit = 0; digit < 10; ++digit) {
    EXPECT_GE(ShapesOfDigit(digit).size(), 2u) << digit;
    for (const DigitShape& shape : ShapesOfDigit(digit)) {
      EXPECT_GT(shape.weight, 0);
      for (const Stroke& stroke : shape.strokes) EXPECT_GE(stroke.size(), 2u) << digit;
    }
  }
}

}  // namespace
}  // namespace hourglass
