// The form into which pictures of any size and number of channels are brought.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass {

struct PictureSize {
  int64_t height = 0, width = 0;

  auto operator<=>(const PictureSize&) const = default;
};

// kCrop: the largest part in the middle that has the proportions of the new size. kPad: the whole picture,
// with margins of the background. kStretch: the whole picture, its proportions changed.
enum class PictureFit { kCrop, kPad, kStretch };
enum class ColourChannels { kAuto, kGrey, kRgb };  // kAuto: those that most pictures have

struct PictureForm {
  std::optional<PictureSize> size = {};  // none: that of the pictures, which must all have the same
  PictureFit fit = PictureFit::kCrop;
  ColourChannels channels = ColourChannels::kAuto;
  std::array<uint8_t, 3> background = {255, 255, 255};  // RGB, behind transparent pixels and in margins

  // Whether it changes nothing of opaque pictures.
  bool open() const { return !size && channels == ColourChannels::kAuto; }
};

// "28x28", height first.
std::string ToString(const PictureSize& size);
// Throws a usage Error unless the text is HxW or N (for NxN), each from 1 to 65,535.
PictureSize ParsePictureSize(std::string_view text);

const std::vector<std::string>& FitNames();             // "crop", "pad", "stretch"
const std::vector<std::string>& ColourChannelsNames();  // "auto", "grey", "rgb"
PictureFit ParseFit(std::string_view name);
ColourChannels ParseColourChannels(std::string_view name);
std::string Name(ColourChannels channels);

// "white", "black", a grey level from 0 to 255, or "#rrggbb". Throws a usage Error for other texts.
std::array<uint8_t, 3> ParseBackground(std::string_view text);

// The scale at which a picture of `size` is brought into `form`: above 1 if it is enlarged; 1 if the form has
// no size.
double ScaleInto(const PictureForm& form, const PictureSize& size);

}  // namespace hourglass
