// Numbers by class, as text of bounded length.
#pragma once

#include <functional>
#include <string>

#include "hourglass/core/json.h"

namespace hourglass::app {

// "cat: 12, dog: 7" of an object of class names and numbers. Of more than 20 classes, their number, and three
// with the lowest and three with the highest numbers. `text` writes a number.
std::string ByClass(const Json& numbers, const std::function<std::string(const Json& number)>& text);

}  // namespace hourglass::app
