// Images with optional labels, read by index; the rest of the program sees data through this only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hourglass/core/tensor.h"

namespace hourglass {

class Dataset {
 public:
  virtual ~Dataset() = default;

  virtual int64_t size() const = 0;
  // [channels, height, width]
  virtual Shape image_shape() const = 0;
  // One class an image, or empty when the data has none.
  virtual std::span<const uint8_t> labels() const = 0;
  // Writes images `ids` to `batch` (resized): u8 [ids, C, H, W]. Every id must be in range.
  virtual void Read(std::span<const int64_t> ids, Tensor& batch) const = 0;
  // All images as one u8 tensor [size, C, H, W] when they lie in memory, else null: then Read is the way.
  virtual const Tensor* in_memory() const { return nullptr; }
};

class InMemoryDataset : public Dataset {
 public:
  // images u8 [M, C, H, W]; labels empty or M of them. Throws a data Error when the counts differ.
  InMemoryDataset(Tensor images, std::vector<uint8_t> labels);

  int64_t size() const override { return images_.rows(); }
  Shape image_shape() const override;
  std::span<const uint8_t> labels() const override { return labels_; }
  void Read(std::span<const int64_t> ids, Tensor& batch) const override;
  const Tensor* in_memory() const override { return &images_; }

 private:
  Tensor images_;
  std::vector<uint8_t> labels_;
};

// A data set as training sees it: what to train on, and what to measure on, which training never sees.
struct DataSplits {
  std::string name;      // "mnist", "digits", or the path
  std::string location;  // the folder or file that it was read from, or "built in"
  std::string
      held_out_name;  // "test" where the data brings a test set, "val" where a part of train was set aside
  std::shared_ptr<const Dataset> train;
  std::shared_ptr<const Dataset> held_out;
  std::string checksum;  // SHA-256 over the pixels and labels of both parts: names the data in run.json
};

// Whole data set as f32 pixels in [0, 1], rows `ids` (all when empty): [n, C, H, W].
Tensor ReadPixels(const Dataset& data, std::span<const int64_t> ids);

}  // namespace hourglass
