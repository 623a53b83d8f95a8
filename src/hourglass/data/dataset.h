// Images with optional labels, read by index. The rest of the program reads data only through this interface.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/tensor.h"
#include "hourglass/data/report.h"

namespace hourglass {

// The location of images: image i is row `rows[i]` of `images`.
struct LocatedPixels {
  const Tensor* images;           // u8 [M, C, H, W]
  std::span<const int64_t> rows;  // one per id, in [0, M)

  // The C * H * W bytes of image i.
  const uint8_t* image(size_t i) const { return images->data<uint8_t>() + rows[i] * images->row_size(); }
};

// Memory that Locate may use. Reuse it across calls to avoid repeated allocation.
struct PixelRoom {
  Tensor pixels;              // u8 [ids, C, H, W], decoded images
  std::vector<int64_t> rows;  // rows of LocatedPixels, if they differ from the ids
  // Of a set of several parts: the order in which it locates the ids, and a room for its parts, which may
  // change all of the above.
  std::vector<int64_t> places;
  std::unique_ptr<PixelRoom> of_part;
};

class Dataset {
 public:
  virtual ~Dataset() = default;

  virtual int64_t size() const = 0;
  // [channels, height, width]
  virtual Shape image_shape() const = 0;
  // One class per image, counted from 0; empty if the data has no labels.
  virtual std::span<const int32_t> labels() const = 0;
  // What the classes are called, by label; empty if they have only numbers.
  virtual std::span<const std::string> class_names() const { return {}; }
  // The file that image `id` was read from; empty if it had none of its own.
  virtual std::string image_name(int64_t /*id*/) const { return {}; }
  // Locates images `ids`, in the data set's own memory or decoded into `room`. The result is valid until
  // `ids` or `room` changes; `ids` may be `room.rows`. Throws a usage Error for an id outside [0, size()).
  virtual LocatedPixels Locate(std::span<const int64_t> ids, PixelRoom& room) const = 0;
  // Says that images `ids` will be located soon, so that a data set on disk can read them ahead. Returns at
  // once.
  virtual void Expect(std::span<const int64_t> /*ids*/) const {}
  // As ChecksumOf, if it is known without reading all images; else empty.
  virtual std::string known_checksum() const { return {}; }
  // Throws a usage Error unless every id is in [0, size()).
  void CheckIds(std::span<const int64_t> ids) const;
};

// Either may be empty.
struct DataNames {
  std::vector<std::string> classes = {};  // by label
  std::vector<std::string> images = {};   // the file of each image
};

// Throws a data Error unless there is a label for each image, or none at all.
void CheckLabelCount(int64_t images, size_t labels);

class InMemoryDataset : public Dataset {
 public:
  // images: u8 [M, C, H, W]; labels: empty or M. Throws a usage Error for images of another type or rank, and
  // a data Error if the counts differ.
  InMemoryDataset(Tensor images, std::vector<int32_t> labels, DataNames names = {});

  const Tensor& images() const { return images_; }

  int64_t size() const override { return images_.rows(); }
  Shape image_shape() const override;
  std::span<const int32_t> labels() const override { return labels_; }
  std::span<const std::string> class_names() const override { return names_.classes; }
  std::string image_name(int64_t id) const override;
  LocatedPixels Locate(std::span<const int64_t> ids, PixelRoom& room) const override;

 private:
  Tensor images_;
  std::vector<int32_t> labels_;
  DataNames names_;
};

// A data set split for training: one part to train on, and a held-out part that training never sees.
struct DataSplits {
  std::string name;      // "mnist", "digits", or the path
  std::string location;  // the folder or file it was read from, or "built in"
  // "test" if the data has a test set, "val" if a part of train was set aside
  std::string held_out_name;
  std::shared_ptr<const Dataset> train;
  std::shared_ptr<const Dataset> held_out;
  std::string note;  // what was guessed about the data, and how to override it; may be empty
  std::optional<PictureForm> form = {};   // that images were brought into; none: they are as they were
  std::optional<DataReport> report = {};  // of a set that was read from pictures
  std::string checksum;  // SHA-256 of the pixels and labels of both parts; identifies the data in run.json
};

// The name of a class: what it is called, or its number. `names` are those of a data set, by label.
std::string ClassName(std::span<const std::string> names, int32_t label);
std::string ClassName(const Dataset& data, int32_t label);
// The same for a reader: Visible(). A name may hold any bytes.
std::string ShownClassName(std::span<const std::string> names, int32_t label);
std::string ShownClassName(const Dataset& data, int32_t label);
// The label of the class with this name, as it is or as it is shown, or with this number. Throws a usage
// Error that lists names if there is none; of a set without names, any number of 0 or more will do.
int32_t LabelNamed(const Dataset& data, std::string_view name);

// Calls `visit` with the C * H * W bytes of every image, in order.
void ForEachImage(const Dataset& data, const std::function<void(std::span<const uint8_t> image)>& visit);

// SHA-256 of the shape, the pixels and the labels of all images.
std::string ChecksumOf(const Dataset& data);

// All images as u8 [size, C, H, W]: a view if they are contiguous in memory in this order, else a copy.
Tensor AllImages(const Dataset& data);

// Images `ids` (all when empty) as f32 pixels in [0, 1]: [n, C, H, W].
Tensor ReadPixels(const Dataset& data, std::span<const int64_t> ids);

}  // namespace hourglass
