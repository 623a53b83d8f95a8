// Packed data.
#include "fuzz/target.h"

namespace hourglass::fuzz {

void Read(std::string_view content) {
  testing::OpenDataFile(content);
}

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds = Contents(testing::PackedSamples());
  // Under another name, the checksum is not compared, and what it guards is read.
  std::string unchecked = seeds.front();
  unchecked[unchecked.find("header_sha256")] = 'x';
  seeds.push_back(unchecked);
  return seeds;
}

}  // namespace hourglass::fuzz
