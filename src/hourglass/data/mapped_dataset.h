// Images in a mapped file, which may be larger than memory. Training reads them ahead; everything else reads
// them when they are used.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "hourglass/core/mapped_file.h"
#include "hourglass/data/dataset.h"
#include "hourglass/data/read_ahead.h"

namespace hourglass {

class MappedDataset : public Dataset {
 public:
  struct Part {
    Tensor images;                          // u8 [M, C, H, W], a view of the file
    std::vector<int32_t> labels = {};       // empty, or M
    std::vector<std::string> classes = {};  // by label
    std::string_view names = {};            // of the images' files, each with a 0 behind it; or empty
    std::string checksum = {};              // as known_checksum()
  };
  // `file` holds the images and the names.
  MappedDataset(std::shared_ptr<const MappedFile> file, Part part);

  int64_t size() const override { return part_.images.rows(); }
  Shape image_shape() const override { return Shape(part_.images.shape().sizes().subspan(1)); }
  std::span<const int32_t> labels() const override { return part_.labels; }
  std::span<const std::string> class_names() const override { return part_.classes; }
  std::string image_name(int64_t id) const override;
  LocatedPixels Locate(std::span<const int64_t> ids, PixelRoom& room) const override;
  void Expect(std::span<const int64_t> ids) const override;
  std::string known_checksum() const override { return part_.checksum; }

 private:
  std::shared_ptr<const MappedFile> file_;
  Part part_;
  std::vector<size_t> names_at_;  // where each name begins, and the end
  mutable std::once_flag expected_;
  mutable std::unique_ptr<ReadAhead> ahead_;                   // from the first Expect on
  mutable std::atomic<const ReadAhead*> ahead_now_ = nullptr;  // the same, for other threads
};

}  // namespace hourglass
