#include "hourglass/analysis/codes.h"

#include <cstring>

#include "hourglass/analysis/blocks.h"

namespace hourglass {

Tensor EncodeAll(const Autoencoder& model, const Dataset& data) {
  CheckImageShape(model.image_shape(), data);
  Tensor codes({data.size(), model.code_size()});
  ForEachBlock(model.backend(), data, -1, [&](std::span<const int64_t> ids, Tensor& images) {
    const Tensor block = model.Encode(images);
    std::memcpy(codes.data<float>() + ids.front() * model.code_size(), block.raw(), block.byte_size());
  });
  return codes;
}

}  // namespace hourglass
