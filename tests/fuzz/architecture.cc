// Descriptions of architectures.
#include "hourglass/model/architecture.h"

#include "fuzz/target.h"
#include "support/temporary_directory.h"

namespace hourglass::fuzz {

void Read(std::string_view content) {
  static const test::TemporaryDirectory scratch;
  MakeArchitecture(scratch.Write("fuzz.toml", content).string(), {1, 8, 8}, /*code_size=*/2);
}

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (const std::string& name : ArchitectureNames()) seeds.emplace_back(ArchitectureToml(name));
  return seeds;
}

}  // namespace hourglass::fuzz
