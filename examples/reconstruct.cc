// Opens a trained model and shows, for images that training never saw, their codes and reconstruction errors.
//
// usage: reconstruct MODEL.safetensors [DATA]      DATA as for `hourglass train --data`, "digits" by default
#include <cstdio>
#include <vector>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/data/dataset.h"
#include "hourglass/data/open_data.h"
#include "hourglass/model/model_file.h"
#include "hourglass/model/session.h"

int main(int argc, char** argv) try {
  if (argc < 2) throw hourglass::UsageError({.what = "usage: reconstruct MODEL.safetensors [DATA]"});
  const auto backend = hourglass::MakeBackend();
  const auto model = hourglass::LoadModel(argv[1]).model;
  hourglass::Session session(*model, *backend);
  const auto data = hourglass::OpenData({.name = argc > 2 ? argv[2] : "digits"});

  const std::vector<int64_t> ids = {0, 1, 2, 3, 4, 5, 6, 7};
  const hourglass::Tensor images = hourglass::ReadPixels(*data.held_out, ids);
  const hourglass::Tensor codes = session.Encode(images);
  const hourglass::Tensor outputs = session.Decode(codes);

  for (int64_t i = 0; i < images.rows(); ++i) {
    double squares = 0;
    for (int64_t pixel = 0; pixel < images.row_size(); ++pixel) {
      const double error = outputs.Rows(i, 1).data<float>()[pixel] - images.Rows(i, 1).data<float>()[pixel];
      squares += error * error;
    }
    std::printf("image %d: MSE %.4f, code", static_cast<int>(i),
                squares / static_cast<double>(images.row_size()));
    for (const float value : codes.Rows(i, 1).span<float>()) std::printf(" %.2f", value);
    std::printf("\n");
  }
} catch (const hourglass::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return error.exit_code();
}
