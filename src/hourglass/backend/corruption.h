// Corruptions of images before a model sees them, and their notation: "gaussian:0.6".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hourglass {

enum class CorruptionKind {
  kNone,
  kGaussian,    // x + N(0, amount²) per value, not clipped
  kOcclusion,   // a square covering the share `amount` of the image becomes 0, at a random place fully inside
  kSaltPepper,  // each pixel becomes 0 or 1, equally likely, with probability `amount`
  kMasking,     // each pixel becomes 0 with probability `amount`
};

// A kind and its amount: the standard deviation of gaussian noise, else a share in [0, 1). A pixel is
// replaced in all channels at once.
struct Corruption {
  CorruptionKind kind = CorruptionKind::kNone;
  double amount = 0.0;

  // True if it leaves every image unchanged.
  bool none() const { return kind == CorruptionKind::kNone || amount == 0; }
  bool operator==(const Corruption&) const = default;
};

// Side of the occlusion square in pixels: round(√(share · H · W)), at most min(H, W). The share actually
// covered is side² / (H · W): 0.103 for 0.1 on 28 x 28 images. On non-square images it is at most that of the
// largest square that fits.
int64_t OcclusionSide(double share, int64_t height, int64_t width);

// "gaussian", "occlusion", "salt_pepper", "masking", "none"
std::string_view Name(CorruptionKind kind);
// The names of all kinds except "none".
std::span<const std::string> CorruptionNames();
// "gaussian:0.6" or "none"; ParseCorruption reads it back exactly.
std::string ToString(const Corruption& corruption);
// For people: "gaussian noise, σ = 0.6", "occlusion of 30 % of the area", "clean".
std::string Describe(const Corruption& corruption);

// Throw a usage Error for an unknown kind or an amount that is not a number or out of range (gaussian: [0,
// 100], else [0, 1)). The Error says what is expected and suggests the nearest known name.
CorruptionKind ParseCorruptionKind(std::string_view name);
Corruption ParseCorruption(std::string_view text);
void CheckCorruption(const Corruption& corruption);

}  // namespace hourglass
