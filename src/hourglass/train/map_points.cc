#include "hourglass/train/map_points.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/data/open_data.h"
#include "hourglass/model/model_file.h"
#include "hourglass/model/session.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {
namespace {

Tensor CodesOf(Session& session, const Dataset& data) {
  constexpr int64_t kBlock = 2048;  // images at once: bounds memory
  Tensor codes({data.size(), session.model().code_size()});
  for (int64_t begin = 0; begin < data.size(); begin += kBlock) {
    std::vector<int64_t> ids(static_cast<size_t>(std::min(kBlock, data.size() - begin)));
    std::iota(ids.begin(), ids.end(), begin);
    const Tensor block = session.Encode(ReadPixels(data, ids));
    std::ranges::copy(block.span<float>(), codes.Rows(begin, block.rows()).span<float>().begin());
  }
  return codes;
}

}  // namespace

MapPoints PointsOfMap(const DataSplits& data, const std::filesystem::path& model, int threads) {
  if (model.empty()) return {AllImages(*data.train), AllImages(*data.held_out)};
  const bool run = std::filesystem::is_directory(model);
  LoadedModel loaded = LoadModel(run ? RunDirectory::Open(model).model() : model);
  if (loaded.model->image_shape() != data.train->image_shape()) {
    throw DataError({.what = model.string() + ": the model takes other images",
                     .expected = data.train->image_shape().ToString(),
                     .got = loaded.model->image_shape().ToString(),
                     .setting = "neighbourhood_of"});
  }
  const auto backend = MakeBackend({.threads = threads});
  Session session(*loaded.model, *backend);
  MapPoints points = {CodesOf(session, *data.train), CodesOf(session, *data.held_out)};
  points.model = std::move(loaded.model);
  return points;
}

}  // namespace hourglass
