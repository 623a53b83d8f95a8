// A selection of images from another data set, as a data set; no pixels are copied.
#pragma once

#include <memory>
#include <vector>

#include "hourglass/data/dataset.h"

namespace hourglass {

class Subset : public Dataset {
 public:
  // Images `ids` of `whole`, in that order; ids may repeat. Throws a usage Error for an id
  // outside [0, whole->size()).
  Subset(std::shared_ptr<const Dataset> whole, std::vector<int64_t> ids);

  int64_t size() const override { return static_cast<int64_t>(ids_.size()); }
  Shape image_shape() const override { return whole_->image_shape(); }
  std::span<const int32_t> labels() const override { return labels_; }
  std::span<const std::string> class_names() const override { return whole_->class_names(); }
  std::string image_name(int64_t id) const override {
    return whole_->image_name(ids_.at(static_cast<size_t>(id)));
  }
  LocatedPixels Locate(std::span<const int64_t> ids, PixelRoom& room) const override;
  void Expect(std::span<const int64_t> ids) const override;

 private:
  std::shared_ptr<const Dataset> whole_;
  std::vector<int64_t> ids_;
  std::vector<int32_t> labels_;
};

// Images `ids` of `whole`, which increase: `whole` itself if these are all.
std::shared_ptr<const Dataset> Selection(std::shared_ptr<const Dataset> whole, std::vector<int64_t> ids);

}  // namespace hourglass
