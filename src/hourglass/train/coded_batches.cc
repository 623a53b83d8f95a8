#include "hourglass/train/coded_batches.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace hourglass {

Batch CodedBatches::Make(const Dataset& data, std::span<const int64_t> ids, const ImageChanges& changes,
                         uint32_t epoch) {
  if (changes.none()) return batches_.MakeCoded(data, ids, CleanCodes(data), epoch);
  const Batch images = batches_.Make(data, ids, changes, epoch);
  return batches_.MakeCoded(images, session_.ForwardEncoder(images.input));
}

const Tensor& CodedBatches::CleanCodes(const Dataset& data) {
  constexpr int64_t kBlock = 2048;  // images at once: bounds memory
  if (const auto known = clean_codes_.find(&data); known != clean_codes_.end()) return known->second;
  Tensor codes({data.size(), session_.model().code_size()});
  for (int64_t begin = 0; begin < data.size(); begin += kBlock) {
    std::vector<int64_t> ids(static_cast<size_t>(std::min(kBlock, data.size() - begin)));
    std::iota(ids.begin(), ids.end(), begin);
    const Batch images = batches_.Make(data, ids, {}, /*epoch=*/0);
    const Tensor block = session_.ForwardEncoder(images.input).CopyTo(HostDevice());
    std::ranges::copy(block.span<float>(), codes.Rows(begin, block.rows()).span<float>().begin());
  }
  return clean_codes_.emplace(&data, std::move(codes)).first->second;
}

}  // namespace hourglass
