#include "hourglass/analysis/codes.h"

#include <cstring>

#include "hourglass/analysis/detail/blocks.h"

namespace hourglass {
namespace {

// `encode` turns a block of images into codes [images, d].
template <class Encode>
Tensor EncodeBlocks(Backend& backend, const Dataset& data, int64_t d, Encode encode) {
  Tensor codes({data.size(), d});
  ForEachBlock(backend, data, -1, [&](std::span<const int64_t> ids, Tensor& images) {
    const Tensor block = encode(images);
    std::memcpy(codes.data<float>() + ids.front() * d, block.raw(), block.byte_size());
  });
  return codes;
}

}  // namespace

Tensor EncodeAll(Session& session, const Dataset& data) {
  CheckImageShape(session.model().image_shape(), data);
  return EncodeBlocks(session.backend(), data, session.model().code_size(),
                      [&](const Tensor& images) { return session.Encode(images); });
}

Tensor EncodeAll(const Pca& pca, int64_t d, Backend& backend, const Dataset& data) {
  return EncodeBlocks(backend, data, d, [&](const Tensor& images) { return pca.Encode(images, d); });
}

}  // namespace hourglass
