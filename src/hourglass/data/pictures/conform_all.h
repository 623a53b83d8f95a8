#pragma once

#include <memory>

#include "hourglass/data/dataset.h"
#include "hourglass/data/pictures/form.h"

namespace hourglass {

// All images of a set in that form. Sets what `form` leaves open to what the images have. Throws a data Error
// for images of other than one or three channels.
std::shared_ptr<const Dataset> ConformAll(const Dataset& data, PictureForm& form);

}  // namespace hourglass
