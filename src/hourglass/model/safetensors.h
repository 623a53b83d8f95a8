// The safetensors format: eight bytes of header length, a JSON header, the tensors' bytes. No code in it,
// readable from any language. https://huggingface.co/docs/safetensors
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "hourglass/core/tensor.h"

namespace hourglass {

struct NamedTensor {
  std::string name;
  Tensor tensor;  // an owner or a view
};

struct SafetensorsFile {
  std::map<std::string, std::string> metadata;  // `__metadata__`: strings only, as the format demands
  std::vector<NamedTensor> tensors;

  // Null when there is none of that name.
  const Tensor* Find(std::string_view name) const;
};

// Writes atomically, with a SHA-256 of the tensors' bytes among the metadata (data_sha256). dtypes F32, BF16,
// U8. Throws a usage Error for another dtype or if two tensors have one name, and a system Error when the
// file cannot be written.
void WriteSafetensors(const std::filesystem::path& path, const SafetensorsFile& file);

// Reads without trusting any field: a data Error names the file and the offset of the fault (a header longer
// than the file, bad JSON, overlapping or missing bytes, sizes that do not match the shape, an unknown dtype,
// bytes that do not match their checksum if there is one). Memory is allocated only for bytes that the file
// really has.
SafetensorsFile ReadSafetensors(const std::filesystem::path& path);

}  // namespace hourglass
