// What may be done to images before a model sees them, and how it is written: "gaussian:0.6".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hourglass {

enum class CorruptionKind {
  kNone,
  kGaussian,    // x + N(0, amount²) per value, not clipped
  kOcclusion,   // a square over `amount` of the image's area becomes 0, at a random place fully inside
  kSaltPepper,  // each pixel becomes 0 or 1, with equal chance, with the probability `amount`
  kMasking,     // each pixel becomes 0 with the probability `amount`
};

// A kind and how much of it: the standard deviation of gaussian noise, else a share in [0, 1). A pixel that
// is replaced is replaced in all its channels.
struct Corruption {
  CorruptionKind kind = CorruptionKind::kNone;
  double amount = 0.0;

  // Whether it leaves every image as it is.
  bool none() const { return kind == CorruptionKind::kNone || amount == 0; }
  bool operator==(const Corruption&) const = default;
};

// The side of an occlusion's square, in pixels: round(√(share · H · W)), at most min(H, W). So the share
// that is really covered is side² / (H · W): on 28 x 28 images 0.103 for 0.1, and on images that are not
// square never more than the largest square in them.
int64_t OcclusionSide(double share, int64_t height, int64_t width);

// "gaussian", "occlusion", "salt_pepper", "masking", "none"
std::string_view Name(CorruptionKind kind);
// The names of all kinds but none.
std::span<const std::string> CorruptionNames();
// "gaussian:0.6" or "none"; ParseCorruption reads it back to the bit.
std::string ToString(const Corruption& corruption);
// For people: "gaussian noise, σ = 0.6", "occlusion of 30 % of the area", "clean".
std::string Describe(const Corruption& corruption);

// Throw a usage Error that says what is expected, and the nearest known name: an unknown kind, an amount
// that is no number or out of range (gaussian: from 0 to 100, else from 0 to below 1).
CorruptionKind ParseCorruptionKind(std::string_view name);
Corruption ParseCorruption(std::string_view text);
void CheckCorruption(const Corruption& corruption);

}  // namespace hourglass
