#include "hourglass/data/npy.h"

#include <fmt/format.h>

#include <string>

#include "hourglass/core/check.h"
#include "hourglass/core/file.h"

namespace hourglass {
namespace {

constexpr size_t kAlignment = 64;
constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);

}  // namespace

void WriteNpy(const std::filesystem::path& path, const Tensor& array) {
  HOURGLASS_CHECK(array.dtype() != DType::kBF16);
  std::string shape;
  for (const int64_t size : array.shape().sizes()) shape += fmt::format("{}, ", size);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                   array.dtype() == DType::kF32 ? "<f4" : "|u1", shape);
  // Magic, two bytes of header length, and a header that spaces and a newline fill to the alignment.
  const size_t unpadded = kMagic.size() + 2 + header.size() + 1;
  header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  header += '\n';
  std::string file(kMagic);
  file += static_cast<char>(header.size() & 0xFF);
  file += static_cast<char>(header.size() >> 8);
  file += header;
  file.append(static_cast<const char*>(array.raw()), array.byte_size());
  WriteFileAtomically(path, file);
}

}  // namespace hourglass
