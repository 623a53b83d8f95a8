#include "hourglass/report/png.h"

#include <fmt/format.h>
#include <spng.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "hourglass/core/check.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"

namespace hourglass {
namespace {

constexpr int64_t kLongestSide = 1 << 30;  // libspng counts the bytes of a line in 32 bits

struct FreeContext {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};
using Context = std::unique_ptr<spng_ctx, FreeContext>;

}  // namespace

std::string EncodePng(const Tensor& picture) {
  const Shape& shape = picture.shape();
  const bool gray = shape.rank() == 2;
  const bool fits = (gray || (shape.rank() == 3 && shape[2] == 3)) && picture.size() > 0 &&
                    std::max(shape[0], shape[1]) <= kLongestSide;
  if (picture.dtype() != DType::kU8 || !fits) {
    throw UsageError({.what = "this tensor cannot be written as a PNG",
                      .expected = "u8 [H, W] or [H, W, 3], each side from 1 to 2^30",
                      .got = Describe(picture)});
  }
  spng_ihdr header = {};
  header.height = static_cast<uint32_t>(shape[0]);
  header.width = static_cast<uint32_t>(shape[1]);
  header.bit_depth = 8;
  header.color_type = gray ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR;

  const Context context(spng_ctx_new(SPNG_CTX_ENCODER));
  HOURGLASS_CHECK(context != nullptr);
  HOURGLASS_CHECK(spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1) == SPNG_OK);
  HOURGLASS_CHECK(spng_set_ihdr(context.get(), &header) == SPNG_OK);
  HOURGLASS_CHECK(spng_encode_image(context.get(), picture.raw(), picture.byte_size(), SPNG_FMT_PNG,
                                    SPNG_ENCODE_FINALIZE) == SPNG_OK);
  size_t size = 0;
  int code = SPNG_OK;
  const std::unique_ptr<void, decltype(&std::free)> bytes(spng_get_png_buffer(context.get(), &size, &code),
                                                          &std::free);
  HOURGLASS_CHECK(bytes != nullptr && code == SPNG_OK);
  return {static_cast<const char*>(bytes.get()), size};
}

void WritePng(const std::filesystem::path& path, const Tensor& picture) {
  WriteFileAtomically(path, EncodePng(picture));
}

}  // namespace hourglass
