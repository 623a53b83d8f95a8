// An architecture with residual blocks, for tests of whole models.
#pragma once

#include <string>

#include "hourglass/model/architecture.h"
#include "support/temporary_directory.h"

namespace hourglass::test {

// Blocks at the image, between convolutions, beside each other and before dense layers; without kinks.
inline constexpr char kResidualModel[] = R"(title = "Residual blocks"
encoder = [
  {name = "res1", kind = "residual", width = 3, activation = "tanh"},
  {name = "conv1", kind = "conv", outputs = 4, kernel = 3, stride = 2, padding = 1, activation = "tanh"},
  {name = "res2", kind = "residual", activation = "tanh"},
  {name = "res3", kind = "residual", width = 2, kernel = 1, activation = "sigmoid"},
  {name = "flatten", kind = "flatten"},
  {name = "fc1", kind = "dense", outputs = "code"},
]
decoder = [
  {name = "fc2", kind = "dense", mirrors = "fc1", activation = "tanh"},
  {name = "unflatten", kind = "unflatten", mirrors = "flatten"},
  {name = "res4", kind = "residual", mirrors = "res3", activation = "tanh"},
  {name = "res5", kind = "residual", mirrors = "res2", activation = "tanh"},
  {name = "deconv1", kind = "conv_transpose", mirrors = "conv1", activation = "tanh"},
  {name = "res6", kind = "residual", mirrors = "res1", activation = "tanh"},
  {name = "last", kind = "conv", outputs = "channels", kernel = 1, activation = "sigmoid"},
]
)";

// MakeArchitecture, which also knows this one as "residual".
template <class... Arguments>
Architecture ArchitectureOf(const std::string& name, const Arguments&... arguments) {
  if (name != "residual") return MakeArchitecture(name, arguments...);
  const TemporaryDirectory folder;
  return MakeArchitecture(folder.Write("residual.toml", kResidualModel).string(), arguments...);
}

}  // namespace hourglass::test
