// OpenData: from a name or a path to a data set. A new format gets its own reader file and one line here.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/hash.h"
#include "hourglass/core/rng.h"
#include "hourglass/core/text.h"
#include "hourglass/data/dataset.h"
#include "hourglass/data/digits/digits.h"
#include "hourglass/data/formats/idx.h"
#include "hourglass/data/locate.h"
#include "hourglass/data/open_data.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr double kValShare = 0.1;  // of a single file, unless another is asked for

// One of the two data sets of a split, with the checksum of its shape, pixels and labels.
struct Part {
  std::shared_ptr<const InMemoryDataset> data;
  std::string checksum;
};

Part MakePart(std::shared_ptr<const InMemoryDataset> data) {
  const Tensor& pixels = *data->in_memory();
  const std::string_view pixel_bytes(static_cast<const char*>(pixels.raw()), pixels.byte_size());
  const std::string_view label_bytes(reinterpret_cast<const char*>(data->labels().data()),
                                     data->labels().size());
  std::string checksum =
      Sha256(fmt::format("{} {} {}", pixels.shape().ToString(), Sha256(pixel_bytes), Sha256(label_bytes)));
  return {std::move(data), std::move(checksum)};
}

Part MakePart(Tensor images, std::vector<uint8_t> labels) {
  return MakePart(std::make_shared<const InMemoryDataset>(std::move(images), std::move(labels)));
}

Part ReadPart(const fs::path& images_path, const std::optional<fs::path>& labels_path) {
  Tensor images = ReadIdxImages(images_path);
  std::vector<uint8_t> labels;
  if (labels_path) labels = ReadIdxLabels(*labels_path);
  if (labels_path && labels.size() != static_cast<size_t>(images.rows())) {
    throw DataError(
        {.what = fmt::format("{} and {} do not belong together", images_path.string(), labels_path->string()),
         .expected = fmt::format("{} labels, one an image", images.rows()),
         .got = fmt::format("{} labels", labels.size()),
         .hint = "fetch or copy both files again"});
  }
  return MakePart(std::move(images), std::move(labels));
}

DataSplits Join(std::string name, std::string location, Part train, std::string held_out_name,
                Part held_out) {
  if (train.data->image_shape() != held_out.data->image_shape()) {
    throw DataError({.what = fmt::format("the images of {} differ in shape between its two parts", location),
                     .expected = fmt::format("{} as in the first", train.data->image_shape().ToString()),
                     .got = held_out.data->image_shape().ToString(),
                     .hint = "do the four files belong together?"});
  }
  std::string checksum = Sha256(train.checksum + " " + held_out.checksum);
  return {.name = std::move(name),
          .location = std::move(location),
          .held_out_name = std::move(held_out_name),
          .train = std::move(train.data),
          .held_out = std::move(held_out.data),
          .checksum = std::move(checksum)};
}

Part Select(const Part& part, std::span<const int64_t> ids) {
  std::vector<uint8_t> labels;
  if (!part.data->labels().empty()) {
    for (int64_t id : ids) labels.push_back(part.data->labels()[static_cast<size_t>(id)]);
  }
  return MakePart(GatherRows(*part.data->in_memory(), ids), std::move(labels));
}

// Sets a random `share` of `all` aside, at least one image; both parts keep the order of the file.
DataSplits HoldOut(std::string name, std::string location, const Part& all, double share, uint64_t seed) {
  const int64_t count = all.data->size();
  if (count < 2) {
    throw DataError(
        {.what = fmt::format("{} cannot be split into a part to train on and one to measure on", location),
         .expected = "at least 2 images",
         .got = fmt::format("{}", count)});
  }
  const auto held_out = static_cast<int64_t>(std::llround(share * static_cast<double>(count)));
  std::vector<int64_t> ids = Permutation(Rng(seed, Stream::kSplit), 0, count);
  const auto first_train = ids.begin() + std::clamp<int64_t>(held_out, 1, count - 1);
  std::sort(ids.begin(), first_train);
  std::sort(first_train, ids.end());
  return Join(std::move(name), std::move(location), Select(all, {first_train, ids.end()}), "val",
              Select(all, {ids.begin(), first_train}));
}

DataSplits OpenIdxFolder(const DataOptions& options, const fs::path& folder, const IdxFiles& files) {
  if (options.val_share > 0) {
    return HoldOut(options.name, folder.string(), ReadPart(files.train_images, files.train_labels),
                   options.val_share, options.split_seed);
  }
  // Decompressing is most of the time until training starts: both parts at once.
  auto test = std::async(std::launch::async, [&] { return ReadPart(files.test_images, files.test_labels); });
  Part train = ReadPart(files.train_images, files.train_labels);
  return Join(options.name, folder.string(), std::move(train), "test", test.get());
}

DataSplits OpenMnist(const DataOptions& options) {
  if (const auto folder = FindMnist(options)) return OpenIdxFolder(options, *folder, *FindIdxFiles(*folder));
  std::string places;
  for (const fs::path& folder : MnistFolders(options)) {
    places += (places.empty() ? "" : ", then ") + folder.string();
  }
  throw DataError({.what = "MNIST was not found",
                   .expected = "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
                               "t10k-labels-idx1-ubyte, each also with .gz",
                   .got = places.empty()
                              ? "no folder to look in: no 'data_dir', no $HOURGLASS_DATA_DIR, no $HOME"
                              : "none of them in " + places,
                   .hint = "fetch it with `hourglass data fetch mnist`, use `digits`, which is built in and "
                           "needs nothing, or "
                           "name its folder",
                   .setting = "data_dir"});
}

DataSplits OpenDigits(const DataOptions& options) {
  Digits digits = DrawDigits({});
  if (options.val_share > 0) {
    return HoldOut("digits", "built in", MakePart(std::move(digits.train)), options.val_share,
                   options.split_seed);
  }
  return Join("digits", "built in", MakePart(std::move(digits.train)), "test",
              MakePart(std::move(digits.test)));
}

DataSplits OpenPath(const DataOptions& options) {
  const fs::path path = options.name;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    return HoldOut(options.name, options.name, ReadPart(options.name, FindLabelsBeside(options.name)),
                   options.val_share > 0 ? options.val_share : kValShare, options.split_seed);
  }
  if (const auto files = FindIdxFiles(path)) return OpenIdxFolder(options, path, *files);
  throw DataError({.what = fmt::format("{} holds no data that this program reads", options.name),
                   .expected = "the four IDX files train-images-idx3-ubyte, train-labels-idx1-ubyte, "
                               "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each also with .gz",
                   .got = "none of them",
                   .hint = "name the folder that holds the files themselves, or one IDX file of images"});
}

// `options` with the path under which the data is found today: data that has moved is in data_dir, or
// data_dir itself.
DataOptions Located(DataOptions options) {
  std::error_code error;
  if (options.data_dir.empty() || fs::exists(options.name, error)) return options;
  const fs::path inside = options.data_dir / fs::path(options.name).filename();
  if (fs::exists(inside, error)) {
    options.name = inside.string();
  } else if (FindIdxFiles(options.data_dir)) {
    options.name = options.data_dir.string();
  }
  return options;
}

}  // namespace

DataSplits OpenData(const DataOptions& named) {
  if (named.name == "mnist") return OpenMnist(named);
  if (named.name == "digits") return OpenDigits(named);
  const DataOptions options = named.name.find('/') == std::string::npos ? named : Located(named);
  std::error_code error;
  if (fs::exists(options.name, error)) return OpenPath(options);
  if (options.name.find('/') != std::string::npos) {
    throw DataError({.what = fmt::format("{} does not exist", options.name),
                     .expected = "a folder with the four IDX files, or one IDX file of images",
                     .hint = "check the path; where the data has moved, say so",
                     .setting = "data"});
  }
  std::vector<std::string> known;
  for (const NamedData& data : NamedDataSets()) known.push_back(data.name);
  throw UsageError({.what = fmt::format("there is no data set '{}'", options.name),
                    .expected = "mnist, digits, or the path of a folder or an IDX file",
                    .hint = DidYouMean(options.name, known)});
}

}  // namespace hourglass
