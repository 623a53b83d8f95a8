// What pictures call classes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "hourglass/data/dataset.h"

namespace hourglass {

// About as wide as a picture of a grid.
inline constexpr size_t kImageLabelCharacters = 12;
inline constexpr size_t kTitleCharacters = 32;

// The names of classes as labels of at most `most` characters (at least 12), no two alike.
class ClassLabels {
 public:
  // `names` are those of a data set, by label; may be empty.
  ClassLabels(std::span<const std::string> names, size_t most);

  // "cat"; "photo…h_of_a_cat" of a long name; the number of a class without a name; "class 7" if no font can
  // draw its name.
  std::string operator()(int32_t label) const;
  // "no font can draw some names: class 7 is 猫" of those of `labels` for which that is so, else "".
  std::string Explain(std::span<const int32_t> labels) const;

 private:
  std::vector<std::string> shown_;          // by label
  std::map<int32_t, std::string> undrawn_;  // what they are called
};

// Explain() for the labels of images `ids` in a grid.
std::string ExplainImageLabels(const Dataset& data, std::span<const int64_t> ids);
// An explanation as the last sentence of a caption: " Here no font can …." or "".
std::string CaptionEnd(const std::string& explanation);

}  // namespace hourglass
