// A table of a model's layers in the style of torchsummary: output shapes, parameter counts, sizes in MB.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/model/architecture.h"

namespace hourglass {

struct SummaryRow {
  std::string layer;                  // type and number: "Linear-1"
  std::string name;                   // the prefix of its parameters in model files: "fc1"
  std::string activation;             // fused into the layer: "relu", "none"
  std::vector<int64_t> output_shape;  // -1 for any number of images, then the axes: [-1, 8, 14, 14]
  int64_t parameters = 0;
};

// Sizes in MiB (torchsummary's "MB") for one image, 4 bytes per number.
struct ModelSummary {
  int64_t code_size = 0;
  Bottleneck bottleneck = Bottleneck::kIdentity;
  std::vector<SummaryRow> rows;
  int64_t total = 0;
  int64_t trainable = 0;
  double input_mb = 0;             // the image
  double forward_backward_mb = 0;  // outputs of all layers and what they keep, and all gradients
  double parameters_mb = 0;
  double total_mb = 0;
};

// Needs no weights and allocates none. Throws a usage Error that names the layer if layers do not fit
// together.
ModelSummary Summarize(const Architecture& architecture);

// The table as text, and the same as JSON.
std::string ToText(const ModelSummary& summary);
Json ToJson(const ModelSummary& summary);

}  // namespace hourglass
