#pragma once

#include "hourglass/data/pictures/picture.h"

namespace hourglass {

// The picture, of one or three channels, in the size of `form` and fitted to it as it says; its channels stay
// as they are. Triangle filter, as wide as the pixels it merges: like Pillow's and torchvision's "bilinear".
Picture Resize(Picture picture, const PictureForm& form);

}  // namespace hourglass
