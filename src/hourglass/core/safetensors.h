// The safetensors format: eight bytes of header length, a JSON header, the tensors' bytes. It contains no
// code and is readable from any language. https://huggingface.co/docs/safetensors
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/mapped_file.h"
#include "hourglass/core/tensor.h"

namespace hourglass {

struct NamedTensor {
  std::string name;
  Tensor tensor;  // an owner or a view
};

struct SafetensorsFile {
  std::shared_ptr<const MappedFile> mapped =
      {};                                       // what the tensors are views of; null if they own their bytes
  std::map<std::string, std::string> metadata;  // `__metadata__`: strings only, as the format requires
  std::vector<NamedTensor> tensors;

  // Null if no tensor has that name.
  const Tensor* Find(std::string_view name) const;
};

// What the header says of a tensor.
struct TensorEntry {
  std::string name;
  DType dtype;
  Shape shape;
};

// The length and the header of a file whose tensors lie one after the other, in this order, filled up with
// spaces to at least `least_bytes`. Throws a usage Error for a dtype that the format cannot hold, or for two
// equal names.
std::string SafetensorsStart(const std::map<std::string, std::string>& metadata,
                             std::span<const TensorEntry> tensors, size_t least_bytes = 0);

// Writes atomically; adds a SHA-256 of the tensors' bytes to the metadata (data_sha256). dtypes F32, BF16,
// U8, I32. Throws a usage Error for another dtype or if two tensors have the same name, and a system Error if
// the file cannot be written.
void WriteSafetensors(const std::filesystem::path& path, const SafetensorsFile& file);

// Reads without trusting any field. A data Error names the file and the offset of the fault: a header longer
// than the file, bad JSON, overlapping or missing bytes, sizes that do not match the shape, an unknown dtype,
// or a wrong checksum, if there is one. Allocates memory only for bytes that exist in the file.
SafetensorsFile ReadSafetensors(const std::filesystem::path& path);

// The same for files that may be larger than memory: the tensors are views of the mapped file, at any
// address. Their checksum is not compared, because all bytes would have to be read for that.
SafetensorsFile MapSafetensors(const std::filesystem::path& path);

}  // namespace hourglass
