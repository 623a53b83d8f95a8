// Makes batches: gathers images by id, augments them and corrupts their input.
#pragma once

#include <map>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/data/dataset.h"
#include "hourglass/objective/batch.h"
#include "hourglass/train/teacher.h"

namespace hourglass {

// What happens to images before a model learns from them.
struct ImageChanges {
  Corruption corruption;           // of the input
  Augmentation augmentation = {};  // before that, of input and target alike

  bool none() const { return corruption.none() && augmentation.none(); }
};

class BatchMaker {
 public:
  // A data set of at most so many bytes is copied whole to the backend's device, which gathers batches there.
  static constexpr size_t kMostOnDevice = size_t{4} << 30;

  // Makes batches of `precision` (f32 or bf16); random numbers come from `seed`. The backend and all data
  // sets given below must outlive this object.
  BatchMaker(Backend& backend, DType precision, uint64_t seed, size_t most_on_device = kMostOnDevice);

  // Images `ids` of `data`, changed by the random numbers of (epoch, id). Valid until the next call; `ids`
  // must live as long.
  Batch Make(const Dataset& data, std::span<const int64_t> ids, const ImageChanges& changes, uint32_t epoch);

  // Two views of each of the images `ids`: first one of all images, then, in the same order, another, which
  // is changed by other random numbers. Each row is the partner of the other view. Validity as above.
  Batch MakeViews(const Dataset& data, std::span<const int64_t> ids, const ImageChanges& changes,
                  uint32_t epoch);

  // How images are changed while an encoder learns the codes of a teacher, so that it learns what lies
  // between them as well.
  struct Mixing {
    double share;          // of the images
    ImageChanges changes;  // after that
  };
  // Training images `ids`. The chosen share of them moves a random part of the way to one of its nearest
  // images, and the code moves the same part of the way to that one's code, unless the two lie far apart on
  // the map. Then the images change; their codes do not. The target of the pixels is the input itself. Random
  // numbers and validity as above.
  Batch MakeTaught(const Dataset& data, std::span<const int64_t> ids, const Teacher& teacher,
                   const Mixing& mixing, uint32_t epoch);
  // Held-out images `ids` as they are, with the codes of the teacher.
  Batch MakeHeldOut(const Dataset& data, std::span<const int64_t> ids, const Teacher& teacher);

  // Batches for the decoder alone: the input is the codes of the images. The first picks them from `codes`,
  // f32 [data.size(), d] on the host; the second takes one code per image of a batch that Make made.
  Batch MakeCoded(const Dataset& data, std::span<const int64_t> ids, const Tensor& codes, uint32_t epoch);
  Batch MakeCoded(const Batch& images, const Tensor& codes);

 private:
  void MixCodes(std::span<const int64_t> ids, const Teacher& teacher, double share, uint32_t epoch);
  // codes_ = rows `ids` of `all`.
  void GatherCodes(const Tensor& all, std::span<const int64_t> ids);
  const Tensor& CodesOnDevice();
  void Gather(const Dataset& data, std::span<const int64_t> ids, Tensor& x);
  // Images of a data set that are not on the backend's device, gathered there.
  void GatherFromHost(const LocatedPixels& located, Tensor& x);
  // All of `images` on the backend's device, copied once.
  const Tensor& WholeOnDevice(const Tensor& images);
  void Augment(const Augmentation& augmentation, std::span<const int64_t> ids, uint32_t epoch, Tensor& x);

  Backend& backend_;
  DType precision_;
  Rng noise_, mix_, augment_;
  Rng second_noise_, second_augment_;  // of second views
  Tensor input_, target_, augmented_;  // reused in every step
  Tensor codes_;                       // of a teacher, on the host
  Tensor code_target_;                 // the same on the backend's device, unless that is the host
  Tensor code_input_;                  // codes for the decoder, of the batch's precision
  std::vector<int64_t> mixed_with_;    // the image that each row moves towards
  std::vector<float> shares_;          // and how far
  std::vector<int64_t> view_ids_;
  std::vector<int32_t> view_partners_;
  PixelRoom room_;  // for data that is not in memory
  size_t most_on_device_;
  std::map<const void*, Tensor> data_on_device_;  // whole data sets, by where they lie on the host
};

}  // namespace hourglass
