#include "hourglass/data/digits/digits.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "hourglass/core/rng.h"
#include "hourglass/data/digits/handwriting.h"

namespace hourglass {
namespace {

constexpr int kSide = 28;
constexpr int kClasses = 10;
constexpr float kPenWidth = 2.45f;   // pixels, median
constexpr float kPenSpread = 0.25f;  // of its logarithm

// Places the box so that its centre of mass is as close as possible to the image centre, without clipping it.
void CentreByMass(const InkBox& ink, uint8_t* image) {
  float mass = 0;
  float mass_x = 0;
  float mass_y = 0;
  for (int y = 0; y < kBoxSize; ++y) {
    for (int x = 0; x < kBoxSize; ++x) {
      const float m = ink[static_cast<size_t>(y * kBoxSize + x)];
      mass += m;
      mass_x += m * (static_cast<float>(x) + 0.5f);
      mass_y += m * (static_cast<float>(y) + 0.5f);
    }
  }
  const auto offset = [&](float moment) {
    return std::clamp(static_cast<int>(std::lround(kSide / 2.0f - moment / mass)), 0, kSide - kBoxSize);
  };
  const int left = offset(mass_x);
  const int top = offset(mass_y);
  std::fill(image, image + kSide * kSide, uint8_t{0});
  for (int y = 0; y < kBoxSize; ++y) {
    for (int x = 0; x < kBoxSize; ++x) {
      image[(top + y) * kSide + left + x] =
          static_cast<uint8_t>(std::lround(255 * ink[static_cast<size_t>(y * kBoxSize + x)]));
    }
  }
}

void DrawDigit(const Rng& rng, uint64_t sample, int digit, uint8_t* image) {
  Dice dice(rng, sample);
  const DigitShape& shape = PickShape(digit, dice);
  const float width = kPenWidth * std::exp(std::clamp(dice.Normal(0, kPenSpread), -0.7f, 0.7f));
  CentreByMass(DrawInBox(WriteByHand(shape, dice), width), image);
}

// `part` (1 train, 2 test) determines the order of the labels.
std::shared_ptr<const InMemoryDataset> DrawPart(const Rng& rng, uint32_t part, int64_t first_sample,
                                                int64_t count) {
  const std::vector<int64_t> order = Permutation(rng, part, count);
  std::vector<int32_t> labels(static_cast<size_t>(count));
  Tensor images(Shape{count, 1, kSide, kSide}, DType::kU8);
  auto* pixels = images.data<uint8_t>();
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < count; ++i) {
    const auto digit = static_cast<int32_t>(order[static_cast<size_t>(i)] % kClasses);
    labels[static_cast<size_t>(i)] = digit;
    DrawDigit(rng, static_cast<uint64_t>(first_sample + i), digit, pixels + i * kSide * kSide);
  }
  return std::make_shared<const InMemoryDataset>(std::move(images), std::move(labels));
}

}  // namespace

Digits DrawDigits(const DigitsOptions& options) {
  const Rng rng(options.seed, Stream::kDigits);
  return {DrawPart(rng, 1, 0, options.train_count),
          DrawPart(rng, 2, options.train_count, options.test_count)};
}

}  // namespace hourglass
