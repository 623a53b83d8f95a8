#include "hourglass/data/formats/idx_data.h"

#include <fmt/format.h>

#include <future>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/data/content_reader.h"
#include "hourglass/data/formats/idx.h"
#include "hourglass/data/formats/number_images.h"
#include "hourglass/data/locate.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

// The images as stored, and the labels.
struct IdxPart {
  Tensor images;
  std::vector<int32_t> labels;
};

IdxPart ReadPart(const fs::path& images_path, const std::optional<fs::path>& labels_path) {
  IdxPart part{ReadIdxImages(images_path), {}};
  if (labels_path) part.labels = ReadIdxLabels(*labels_path);
  if (labels_path && part.labels.size() != static_cast<size_t>(part.images.rows())) {
    throw DataError(
        {.what = fmt::format("{} and {} do not belong together", images_path.string(), labels_path->string()),
         .expected = fmt::format("{} labels, one per image", part.images.rows()),
         .got = fmt::format("{} labels", part.labels.size()),
         .hint = "fetch or copy both files again"});
  }
  return part;
}

std::shared_ptr<const Dataset> ToDataset(IdxPart part, const fs::path& images_path, DataOptions& options,
                                         std::string& note) {
  Tensor images = ToImages(std::move(part.images), options, images_path.string(), note);
  return std::make_shared<const InMemoryDataset>(std::move(images), std::move(part.labels));
}

OpenedData Open(const IdxFiles& files, std::string location, const DataOptions& given) {
  // Decompression takes most of the startup time, so both parts are read at once.
  std::future<IdxPart> test;
  if (given.wants_test()) {
    test = std::async(std::launch::async, [&] { return ReadPart(files.test_images, files.test_labels); });
  }
  IdxPart train = ReadPart(files.train_images, files.train_labels);
  DataOptions options = given;
  OpenedData opened{.location = std::move(location), .train = nullptr, .test = nullptr};
  opened.train = ToDataset(std::move(train), files.train_images, options, opened.note);
  std::string test_note;  // says the same
  if (test.valid()) opened.test = ToDataset(test.get(), files.test_images, options, test_note);
  opened.range = options.range;
  return opened;
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

OpenedData OpenIdxFile(const DataOptions& given) {
  DataOptions options = given;
  OpenedData opened{.location = options.name, .train = nullptr, .test = nullptr};
  opened.train =
      ToDataset(ReadPart(options.name, FindLabelsBeside(options.name)), options.name, options, opened.note);
  opened.range = options.range;
  return opened;
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
