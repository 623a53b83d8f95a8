// Configurations of trainings.
#include "hourglass/train/config.h"
#include "fuzz/target.h"

namespace hourglass::fuzz {

void Read(std::string_view content) {
  ResolvedConfig config;
  SetConfigFromToml(config, content, "config.toml");
  DataOptionsOf(WithUnsetKeys(std::move(config)).values);
}

std::vector<std::string> Seeds() {
  return {ToToml({}), "epochs = 3\nloss = \"mse:1,l1:0.1\"\neval_noise = [0.1, 2e-1]\nsize = \"28x30\"\n"};
}

}  // namespace hourglass::fuzz
