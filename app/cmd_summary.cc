// hourglass summary: the layers of a model, with output shapes, parameter counts and sizes.
#include <fmt/format.h>

#include <charconv>
#include <iostream>
#include <memory>

#include "app/commands.h"
#include "hourglass/analysis/trained_model.h"
#include "hourglass/backend/backend.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/model/summary.h"

namespace hourglass::app {
namespace {

struct SummaryFlags {
  std::string run;
  std::string model;
  int64_t code_size = 8;
  std::string image_shape = "1x28x28";
  bool json = false;
};

// "1x28x28" → [1, 28, 28]
Shape ParseImageShape(const std::string& text) {
  std::vector<int64_t> sizes;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    int64_t size = 0;
    const auto [stop, error] = std::from_chars(at, end, size);
    if (error != std::errc() || sizes.size() == 3) break;
    sizes.push_back(size);
    if (stop == end && sizes.size() == 3) return Shape(sizes);
    if (stop == end || *stop != 'x') break;
    at = stop + 1;
  }
  throw UsageError({.what = "--image-shape is not the shape of an image",
                    .expected = "channels x height x width, for example 1x28x28",
                    .got = text});
}

Architecture ChosenArchitecture(const SummaryFlags& options) {
  if (options.run.empty() == options.model.empty()) {
    throw UsageError({.what = "hourglass summary needs either a RUN or --model",
                      .hint = "hourglass summary RUN, or hourglass summary --model mlp4 -z 8"});
  }
  if (!options.model.empty()) {
    return MakeArchitecture(options.model, ParseImageShape(options.image_shape), options.code_size);
  }
  const auto backend = MakeBackend();
  return OpenTrainedModel(options.run, *backend).model->architecture();
}

}  // namespace

void AddSummaryCommand(const Command& program) {
  auto options = std::make_shared<SummaryFlags>();
  const Command command = program.AddCommand("summary", "Show a model's layers, parameter counts and sizes",
                                             "hourglass summary runs/20250131T120000Z-mlp4-z8\n"
                                             "hourglass summary model.safetensors --json\n"
                                             "hourglass summary --model conv -z 8 --image-shape 3x32x32");
  command.Add("run", options->run, "A run directory or a model file");
  const Flag model = command.Add("--model", options->model, "Architecture instead of a run: name or .toml");
  command.Add("-z,--code-size", options->code_size, "Numbers in the code, with --model")
      .ShowDefault()
      .Needs(model);
  command.Add("--image-shape", options->image_shape, "Channels x height x width, with --model")
      .ShowDefault()
      .Needs(model);
  command.AddSwitch("--json", options->json, "Print JSON");
  command.OnRun([options] {
    const ModelSummary summary = Summarize(ChosenArchitecture(*options));
    std::cout << (options->json ? IndentedText(ToJson(summary)) + "\n" : ToText(summary));
  });
}

}  // namespace hourglass::app
