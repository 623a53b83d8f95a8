// Batches for a decoder that learns alone: codes as the input, images as the target. The encoder stays as it
// is, so the codes of clean images are computed only once.
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"
#include "hourglass/train/batch_maker.h"

namespace hourglass {

class CodedBatches {
 public:
  // Both must outlive this object, and the parameters of the encoder must not change once it is in use.
  CodedBatches(Session& session, BatchMaker& batches) : session_(session), batches_(batches) {}

  // The codes of images `ids` of `data`, each changed by the random numbers of (epoch, id) before it is
  // encoded. Valid until the next call. The first call without changes encodes all of `data` and keeps 4 · d
  // bytes per image.
  Batch Make(const Dataset& data, std::span<const int64_t> ids, const ImageChanges& changes, uint32_t epoch);

 private:
  // f32 [data.size(), d], on the host.
  const Tensor& CleanCodes(const Dataset& data);

  Session& session_;
  BatchMaker& batches_;
  std::map<const Dataset*, Tensor> clean_codes_;
};

}  // namespace hourglass
