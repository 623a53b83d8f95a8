// Arrays of numbers as images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hourglass/core/mapped_file.h"
#include "hourglass/core/tensor.h"
#include "hourglass/data/open_data.h"

namespace hourglass {

// An array of numbers in a file: read into memory, or a view of the mapped file.
struct StoredArray {
  Tensor array;
  std::shared_ptr<const MappedFile> file = nullptr;  // that it is a view of
};

// Where the elements of an array of bytes lie in a file.
struct StoredBytes {
  uint64_t begin;
  Shape shape;
};
// Arrays of more bytes stay in their files. Smaller ones are read, so that nothing happens to a run if their
// files change.
inline constexpr int64_t kLargeArray = int64_t{128} << 20;
// A large array stays in the file `path` if `bytes` say where it lies there; any other is what `read` reads.
StoredArray OpenArray(const std::filesystem::path& path, const std::optional<StoredBytes>& bytes,
                      Tensor (*read)(const std::filesystem::path& path));

// Images u8 [N, C, H, W] of an array, u8 or f32, of [N, H, W], [N, C, H, W] or in another order of axes, or
// [N, H · H]. Numbers are read in options.range, or in a range guessed from them, which it sets, so that all
// parts of a set get the same. Adds to `note` what was guessed or rounded. `where` names the array. Throws a
// data Error for other shapes, for numbers that are not finite or outside the range, and for images that are
// almost black in a range that was guessed. If nothing changes, images are a view of what `array` is one of.
Tensor ToImages(Tensor array, DataOptions& options, const std::string& where, std::string& note);

// The same, as a data set. `labels` may be empty.
std::shared_ptr<const Dataset> ToDataset(StoredArray array, std::vector<int32_t> labels,
                                         std::vector<std::string> classes, DataOptions& options,
                                         const std::string& where, std::string& note);

// Whether `number` is that of the pixels of a square image.
bool IsSquare(int64_t number);

}  // namespace hourglass
