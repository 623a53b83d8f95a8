#pragma once

#include <memory>

#include "hourglass/data/dataset.h"
#include "hourglass/data/pictures/form.h"

namespace hourglass {

// All images of a set in that form: the set itself if they already are. Sets what `form` leaves open to what
// the images have. Throws a data Error for images of other than one or three channels.
std::shared_ptr<const Dataset> ConformAll(std::shared_ptr<const Dataset> whole, PictureForm& form);

}  // namespace hourglass
