// A small file of every kind that the data readers open. The tests of hostile input damage them, and fuzzing
// begins with them. To cover another kind of file, add a row here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::testing {

struct Sample {
  std::string kind;  // "PNG"
  std::string content;
  void (*open)(std::string_view content);  // reads such a file as the program does
  // Without more bytes than these at its end, the file must be refused.
  size_t spare = 0;
};
inline constexpr size_t kAnyLength = ~size_t{0};  // it may end anywhere

std::vector<Sample> PictureSamples();
std::vector<Sample> IdxSamples();
std::vector<Sample> NpySamples();
std::vector<Sample> NpzSamples();
std::vector<Sample> PictureArchiveSamples();
std::vector<Sample> CsvSamples();
std::vector<Sample> CifarSamples();
std::vector<Sample> PackedSamples();

// All of these.
std::vector<Sample> DataSamples();

// How they are opened: as a picture, as a data set of one file, or as a batch of CIFAR-10. They throw
// hourglass::Error for bad content.
void OpenPicture(std::string_view content);
void OpenDataFile(std::string_view content);
void OpenCifarBatch(std::string_view content);

}  // namespace hourglass::testing
