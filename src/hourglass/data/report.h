// What was found while a data set was read, and what was done to it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/data/pictures/reading.h"

namespace hourglass {

struct DataReport {
  int64_t found = 0;                           // pictures
  std::vector<LeftOut> left_out = {};          // of these
  int64_t hidden = 0;                          // files that systems and editors leave behind; not looked at
  std::map<std::string, int64_t> others = {};  // files that are no pictures, by extension
  std::vector<std::string> unused = {};        // folders beside those of the parts, each once
  PictureCounts counts = {};                   // of the pictures that were read

  // What was found in another part.
  void Add(const DataReport& part);
};

// In words, files that are no pictures: "3 files of kind .csv", one part per kind.
std::vector<std::string> OthersInWords(const std::map<std::string, int64_t>& others);

Json LeftOutJson(const DataReport& report);

// In words, what a user should know of pictures that were asked for in one form and brought into another:
// what was left out, and what was converted. Empty if that is nothing.
std::string NoteOf(const DataReport& report, const PictureForm& asked, const PictureForm& form);

}  // namespace hourglass
