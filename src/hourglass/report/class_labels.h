// What pictures call classes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hourglass {

// About as wide as a picture of a grid.
inline constexpr size_t kImageLabelCharacters = 12;
inline constexpr size_t kTitleCharacters = 32;

// The names of classes as labels of at most `most` characters (at least 8), no two alike.
class ClassLabels {
 public:
  // `names` are those of a data set, by label; may be empty.
  ClassLabels(std::span<const std::string> names, size_t most);

  // "cat"; "photo…h_of_a_cat" of a long name; the number of a class without a name.
  std::string operator()(int32_t label) const;

 private:
  std::vector<std::string> shown_;  // by label
};

}  // namespace hourglass
