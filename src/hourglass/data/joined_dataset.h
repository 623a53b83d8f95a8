// Several data sets as one: the images of the first, then those of the second, and so on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hourglass/data/dataset.h"

namespace hourglass {

class JoinedDataset : public Dataset {
 public:
  struct Part {
    std::shared_ptr<const Dataset> data;
    std::string prefix = {};  // of the names of its images
  };
  // One part or more, with images of one shape, all with labels or none, and the same classes. Throws a usage
  // Error otherwise.
  explicit JoinedDataset(std::vector<Part> parts);

  int64_t size() const override { return begins_.back(); }
  Shape image_shape() const override { return parts_.front().data->image_shape(); }
  std::span<const int32_t> labels() const override { return labels_; }
  std::span<const std::string> class_names() const override { return parts_.front().data->class_names(); }
  std::string image_name(int64_t id) const override;
  // Images of one part are located there; those of several are copied into the room.
  LocatedPixels Locate(std::span<const int64_t> ids, PixelRoom& room) const override;
  void Expect(std::span<const int64_t> ids) const override;

 private:
  size_t PartOf(int64_t id) const;
  LocatedPixels Gather(std::span<const int64_t> ids, PixelRoom& room) const;

  std::vector<Part> parts_;
  std::vector<int64_t> begins_;  // the first id of each part, and the end
  std::vector<int32_t> labels_;
};

}  // namespace hourglass
