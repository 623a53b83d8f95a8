// Writes a model file of hourglass with images and their reconstructions as additional tensors:
// write_golden_model ARCHITECTURE FILE. PyTorch's reconstructions from the file are compared with them.
#include <cstdio>
#include <string>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/rng.h"
#include "hourglass/model/model_file.h"
#include "hourglass/model/session.h"

int main(int argc, char** argv) {
  using namespace hourglass;
  if (argc != 3) {
    std::fprintf(stderr, "usage: write_golden_model ARCHITECTURE FILE\n");
    return 2;
  }
  try {
    const auto backend = MakeBackend({.threads = 1});
    // Small, because the file of mlp4 is committed. Convolutions need larger images.
    const Shape image_shape = argv[1] == std::string("mlp4") ? Shape{1, 8, 8} : Shape{1, 28, 28};
    const Model model(MakeArchitecture(argv[1], image_shape, 4), /*seed=*/5);
    const Rng rng(5, Stream::kNoise);
    Tensor images(image_shape.Batched(6));
    for (int64_t i = 0; i < images.size(); ++i) {
      images.data<float>()[i] = rng.Uniform(0, static_cast<uint64_t>(i / images.row_size()),
                                            static_cast<uint32_t>(i % images.row_size()));
    }
    SafetensorsFile file = ToModelFile(model, {{"data", "uniform noise"}, {"epochs", 0}});
    file.tensors.push_back({"golden.output", Session(model, *backend).Reconstruct(images)});
    file.tensors.push_back({"golden.input", std::move(images)});
    WriteSafetensors(argv[2], file);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.exit_code();
  }
  return 0;
}
