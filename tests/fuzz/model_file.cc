// Model files: safetensors with an architecture.
#include "hourglass/model/model_file.h"

#include "fuzz/target.h"
#include "hourglass/core/file.h"
#include "support/temporary_directory.h"

namespace hourglass::fuzz {
namespace {

constexpr char kArchitecture[] = R"(title = "Small"
encoder = [
  {name = "conv1", kind = "conv", outputs = 2, kernel = 3, stride = 2, padding = 1, activation = "relu"},
  {name = "res1", kind = "residual"},
  {name = "flatten", kind = "flatten"},
  {name = "fc1", kind = "dense", outputs = "code"},
]
decoder = [
  {name = "fc2", kind = "dense", mirrors = "fc1", activation = "relu"},
  {name = "unflatten", kind = "unflatten", mirrors = "flatten"},
  {name = "deconv1", kind = "conv_transpose", mirrors = "conv1", activation = "sigmoid"},
]
)";

const test::TemporaryDirectory& Scratch() {
  static const test::TemporaryDirectory scratch;
  return scratch;
}

}  // namespace

void Read(std::string_view content) {
  LoadModel(Scratch().Write("model.safetensors", content));
}

std::vector<std::string> Seeds() {
  const Model model(MakeArchitecture(Scratch().Write("small.toml", kArchitecture).string(), {1, 4, 4}, 2),
                    /*seed=*/1);
  SaveModel(Scratch() / "seed.safetensors", model, {});
  std::string checked = ReadFile(Scratch() / "seed.safetensors"), unchecked = checked;
  // Under other names, the checksums are not compared, and what they guard is read.
  for (const char* key : {"data_sha256", "header_sha256"}) unchecked[unchecked.find(key)] = 'x';
  return {checked, unchecked};
}

}  // namespace hourglass::fuzz
