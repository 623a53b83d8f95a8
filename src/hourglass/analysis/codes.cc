#include "hourglass/analysis/codes.h"

#include <algorithm>
#include <cstring>

#include "hourglass/analysis/detail/blocks.h"
#include "hourglass/core/require.h"
#include "hourglass/core/rng.h"

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

Tensor SampleAll(Session& session, const Dataset& data, int64_t samples, uint64_t seed) {
  CheckImageShape(session.model().image_shape(), data);
  RequireBetween("number of samples", samples, 1, Rng::kLastEpoch);
  const int64_t d = session.model().code_size();
  const Rng rng(seed, Stream::kCode);
  Tensor codes({data.size(), samples, d}), block;
  ForEachBlock(session.backend(), data, -1, [&](std::span<const int64_t> ids, Tensor& images) {
    const Tensor moments = session.EncodeMoments(images);
    for (int64_t sample = 0; sample < samples; ++sample) {
      session.backend().SampleCodes(&rng, static_cast<uint32_t>(sample), ids, moments, DType::kF32, block);
      for (int64_t i = 0; i < block.rows(); ++i) {
        std::copy_n(block.data<float>() + i * d, d,
                    codes.data<float>() + ((ids.front() + i) * samples + sample) * d);
      }
    }
  });
  return codes;
}

Tensor EncodeAll(const Pca& pca, int64_t d, Backend& backend, const Dataset& data) {
  return EncodeBlocks(backend, data, d, [&](const Tensor& images) { return pca.Encode(images, d); });
}

}  // namespace hourglass
