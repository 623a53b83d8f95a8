#include "hourglass/data/formats/idx_data.h"

#include <fmt/format.h>

#include <future>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/data/content_reader.h"
#include "hourglass/data/formats/idx.h"
#include "hourglass/data/locate.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

struct Part {
  std::shared_ptr<const Dataset> data;
  std::string note;
};

// Determines the axis order and rearranges the images; returns the note about it.
std::string Arrange(const fs::path& path, AxisOrder axes, Tensor& images) {
  const GuessedOrder guess = GuessAxisOrder(images.shape().sizes(), path.filename().string());
  ArrangeAxes(images, axes == AxisOrder::kAuto ? guess.order : axes);
  if (axes != AxisOrder::kAuto || guess.reason.empty()) return "";
  return fmt::format("axes of {} read as {}, because {}; if this is wrong, set axes = chw", path.string(),
                     Name(guess.order), guess.reason);
}

Part ReadPart(const fs::path& images_path, const std::optional<fs::path>& labels_path, AxisOrder axes) {
  Tensor images = ReadIdxImages(images_path);
  std::string note = Arrange(images_path, axes, images);
  std::vector<int32_t> labels;
  if (labels_path) labels = ReadIdxLabels(*labels_path);
  if (labels_path && labels.size() != static_cast<size_t>(images.rows())) {
    throw DataError(
        {.what = fmt::format("{} and {} do not belong together", images_path.string(), labels_path->string()),
         .expected = fmt::format("{} labels, one per image", images.rows()),
         .got = fmt::format("{} labels", labels.size()),
         .hint = "fetch or copy both files again"});
  }
  return {std::make_shared<const InMemoryDataset>(std::move(images), std::move(labels)), std::move(note)};
}

OpenedData Open(const IdxFiles& files, std::string location, const DataOptions& options) {
  // Decompression takes most of the startup time, so both parts run at once.
  std::future<Part> test;
  if (options.wants_test()) {
    test = std::async(std::launch::async,
                      [&] { return ReadPart(files.test_images, files.test_labels, options.axes); });
  }
  Part train = ReadPart(files.train_images, files.train_labels, options.axes);
  return {.location = std::move(location),
          .train = std::move(train.data),
          .test = test.valid() ? test.get().data : nullptr,
          .note = std::move(train.note)};
}

}  // namespace

bool IsIdxSet(const DataOptions& options) {
  return FindIdxSet(options.name).has_value();
}

OpenedData OpenIdxSet(const DataOptions& options) {
  return Open(*FindIdxSet(options.name), options.name, options);
}

bool IsIdxFile(const DataOptions& options) {
  std::error_code error;
  if (!fs::is_regular_file(options.name, error)) return false;
  ContentReader reader(options.name);
  std::string start(4, '\0');
  start.resize(reader.Read(start.data(), start.size()));
  return DescribeIdx(start).has_value();
}

OpenedData OpenIdxFile(const DataOptions& options) {
  Part part = ReadPart(options.name, FindLabelsBeside(options.name), options.axes);
  return {
      .location = options.name, .train = std::move(part.data), .test = nullptr, .note = std::move(part.note)};
}

OpenedData OpenMnist(const DataOptions& options) {
  if (const auto folder = FindMnist(options)) return Open(*FindIdxFiles(*folder), folder->string(), options);
  std::string places;
  for (const fs::path& folder : MnistFolders(options)) {
    places += (places.empty() ? "" : ", then ") + folder.string();
  }
  throw DataError({.what = "MNIST was not found",
                   .expected = "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
                               "t10k-labels-idx1-ubyte, each also with .gz",
                   .got = places.empty()
                              ? "no folder to search: no data_dir, no $HOURGLASS_DATA_DIR, no $HOME"
                              : "none of them in " + places,
                   .hint = "fetch it with `hourglass data fetch mnist`, set data_dir to its folder, or "
                           "use `digits`, which is built in and needs no files"});
}

}  // namespace hourglass
