// What a fuzz target defines. libFuzzer calls Read with ever new content, and ends the program with a finding
// if Read crashes, throws anything but an Error, or takes too much memory or time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/samples.h"

namespace hourglass::fuzz {

// Reads `content` as the program reads such a file.
void Read(std::string_view content);

// Small valid files to begin with.
std::vector<std::string> Seeds();

inline std::vector<std::string> Contents(std::vector<testing::Sample> samples) {
  std::vector<std::string> contents;
  for (testing::Sample& sample : samples) contents.push_back(std::move(sample.content));
  return contents;
}

}  // namespace hourglass::fuzz
