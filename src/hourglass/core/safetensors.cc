#include "hourglass/core/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <tuple>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/hash.h"
#include "hourglass/core/json.h"

namespace hourglass {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the format is little-endian, and so are its tensors");

constexpr size_t kLengthBytes = 8;
constexpr size_t kHeaderAlignment = 8;  // of the tensors' bytes in the file
constexpr char kMetadataKey[] = "__metadata__";
// Metadata keys: the checksum of all bytes after the header, and the checksum of the header without this key.
constexpr char kDataChecksum[] = "data_sha256";
constexpr char kHeaderChecksum[] = "header_sha256";
constexpr std::array<std::pair<std::string_view, DType>, 4> kDTypes = {
    {{"F32", DType::kF32}, {"BF16", DType::kBF16}, {"U8", DType::kU8}, {"I32", DType::kI32}}};
constexpr char kKnownDTypes[] = "F32, BF16, U8 or I32";
constexpr auto kToDType = &std::pair<std::string_view, DType>::second;

std::string_view FormatName(DType dtype) {
  return std::ranges::find(kDTypes, dtype, kToDType)->first;
}

// A tensor as described by the header; offsets count from the first byte after the header.
struct Entry {
  std::string name;
  DType dtype;
  Shape shape;
  uint64_t begin;
  uint64_t end;
};

// Reads one file; every error names it and the byte.
class Reader {
 public:
  Reader(const std::filesystem::path& path, std::string_view content)
      : path_(path.string()), content_(content) {}

  // `make` makes the tensors of their bytes. Their checksum is compared if `all`.
  SafetensorsFile Read(bool all, const std::function<Tensor(const Entry& entry, const char* bytes)>& make) {
    FindHeader();
    const Json header = ParseJson(
        header_, fmt::format("{}, header of {} bytes from byte {}", path_, header_.size(), kLengthBytes));
    if (!header.is_object()) Fail(kLengthBytes, "the header is not a JSON object", "", header.type_name());
    SafetensorsFile file;
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items()) {
      if (name == kMetadataKey) {
        file.metadata = ReadMetadata(value);
      } else {
        entries.push_back(ReadEntry(name, value));
      }
    }
    std::ranges::sort(entries, {}, [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
    CheckCoverage(entries);
    CheckHeaderChecksum(header);
    if (all) CheckDataChecksum(file.metadata);
    file.metadata.erase(kHeaderChecksum);
    file.metadata.erase(kDataChecksum);
    for (const Entry& entry : entries) {
      file.tensors.push_back(
          {.name = entry.name, .tensor = make(entry, content_.data() + data_start_ + entry.begin)});
    }
    return file;
  }

 private:
  [[noreturn]] void Fail(size_t offset, std::string what, std::string expected = {},
                         std::string got = {}) const {
    throw DataError({.what = fmt::format("{}: {} (at byte {})", path_, what, offset),
                     .expected = std::move(expected),
                     .got = std::move(got),
                     .hint = "the file is damaged or not a safetensors file"});
  }

  void FindHeader() {
    if (content_.size() < kLengthBytes) {
      Fail(content_.size(), "the file is too short to contain the length of its header",
           fmt::format("{} bytes", kLengthBytes), fmt::format("{}", content_.size()));
    }
    uint64_t length = 0;
    std::memcpy(&length, content_.data(), kLengthBytes);
    if (length > content_.size() - kLengthBytes) {
      Fail(0, "the header's length exceeds the file",
           fmt::format("at most {} bytes", content_.size() - kLengthBytes), fmt::format("{} bytes", length));
    }
    header_ = content_.substr(kLengthBytes, length);
    data_start_ = kLengthBytes + length;
  }

  // The position of `key` in the file, for messages.
  size_t OffsetOf(const std::string& key) const {
    const size_t found = header_.find(Json(key).dump());
    return kLengthBytes + (found == std::string_view::npos ? 0 : found);
  }

  std::map<std::string, std::string> ReadMetadata(const Json& value) const {
    const size_t offset = OffsetOf(kMetadataKey);
    if (!value.is_object()) Fail(offset, "__metadata__ is not an object", "", value.type_name());
    std::map<std::string, std::string> metadata;
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) {
        Fail(OffsetOf(key), fmt::format("the metadata {} is not a string", Json(key).dump()), "",
             text.type_name());
      }
      metadata[key] = text.get<std::string>();
    }
    return metadata;
  }

  Entry ReadEntry(const std::string& name, const Json& value) const {
    const size_t offset = OffsetOf(name);
    const std::string tensor = fmt::format("tensor {}", Json(name).dump());
    const char* const keys[] = {"dtype", "shape", "data_offsets"};
    if (!value.is_object() || value.size() != std::size(keys) ||
        !std::ranges::all_of(keys, [&](const char* key) { return value.contains(key); })) {
      Fail(offset, fmt::format("the description of {} breaks the format", tensor),
           "an object of dtype, shape and data_offsets");
    }
    Entry entry{
        .name = name, .dtype = ReadDType(value["dtype"], tensor, offset), .shape = {}, .begin = 0, .end = 0};
    std::tie(entry.begin, entry.end) = ReadOffsets(value["data_offsets"], tensor, offset);
    entry.shape = ReadShape(value["shape"], tensor, offset, entry);
    return entry;
  }

  DType ReadDType(const Json& value, const std::string& tensor, size_t offset) const {
    for (const auto& [name, dtype] : kDTypes) {
      if (value == name) return dtype;
    }
    Fail(offset, fmt::format("{} has a dtype that hourglass does not read", tensor), kKnownDTypes,
         value.is_string() ? value.dump() : value.type_name());
  }

  std::pair<uint64_t, uint64_t> ReadOffsets(const Json& value, const std::string& tensor,
                                            size_t offset) const {
    const uint64_t available = content_.size() - data_start_;
    if (!value.is_array() || value.size() != 2 || !value[0].is_number_unsigned() ||
        !value[1].is_number_unsigned()) {
      Fail(offset, fmt::format("data_offsets of {} are not two non-negative integers", tensor));
    }
    const auto begin = value[0].get<uint64_t>();
    const auto end = value[1].get<uint64_t>();
    if (begin > end || end > available) {
      Fail(offset, fmt::format("data_offsets of {} lie outside the file", tensor),
           fmt::format("begin ≤ end ≤ {}", available), fmt::format("[{}, {}]", begin, end));
    }
    return {begin, end};
  }

  Shape ReadShape(const Json& value, const std::string& tensor, size_t offset, const Entry& entry) const {
    if (!value.is_array() || value.size() > Shape::kMaxRank ||
        !std::ranges::all_of(value, [](const Json& size) { return size.is_number_unsigned(); })) {
      Fail(offset, fmt::format("the shape of {} is not a list of at most {} sizes", tensor, Shape::kMaxRank));
    }
    std::vector<int64_t> sizes;
    uint64_t bytes = ByteSize(entry.dtype);
    bool fits = true;
    for (const Json& item : value) {
      const auto size = item.get<uint64_t>();
      fits = fits && size <= INT64_MAX && !__builtin_mul_overflow(bytes, size, &bytes);
      sizes.push_back(static_cast<int64_t>(size));
    }
    if (!fits || bytes != entry.end - entry.begin) {
      Fail(offset, fmt::format("shape and dtype of {} do not match its bytes", tensor),
           fmt::format("{} bytes, according to data_offsets", entry.end - entry.begin),
           fmt::format("{} of {}", FormatName(entry.dtype), Shape(sizes).ToString()));
    }
    return Shape(sizes);
  }

  // Every byte after the header must belong to exactly one tensor.
  void CheckCoverage(const std::vector<Entry>& entries) const {
    uint64_t covered = 0;
    for (const Entry& entry : entries) {
      if (entry.begin != covered) {
        Fail(data_start_ + entry.begin,
             fmt::format("tensor {} {}", Json(entry.name).dump(),
                         entry.begin < covered ? "overlaps the one before it" : "leaves a gap before it"),
             fmt::format("begin at {}", covered), fmt::format("{}", entry.begin));
      }
      covered = entry.end;
    }
    if (data_start_ + covered != content_.size()) {
      Fail(data_start_ + covered, "extra bytes follow the last tensor",
           fmt::format("a file of {} bytes", data_start_ + covered), fmt::format("{}", content_.size()));
    }
  }

  // Files written by hourglass carry checksums; files written by other programs have none.
  void CheckDataChecksum(const std::map<std::string, std::string>& metadata) const {
    const auto expected = metadata.find(kDataChecksum);
    if (expected == metadata.end()) return;
    const std::string got = Sha256(content_.substr(data_start_));
    if (got == expected->second) return;
    Fail(data_start_, "the tensors have changed since they were written: their checksum differs",
         "SHA-256 " + expected->second, got);
  }

  void CheckHeaderChecksum(Json header) const {
    if (!header.contains(kMetadataKey) || !header[kMetadataKey].contains(kHeaderChecksum)) return;
    const Json expected = header[kMetadataKey][kHeaderChecksum];
    header[kMetadataKey].erase(kHeaderChecksum);
    const std::string got = Sha256(header.dump());
    if (expected == got) return;
    Fail(kLengthBytes, "the header has changed since it was written: its checksum differs",
         "SHA-256 " + expected.get<std::string>(), got);
  }

  std::string path_;
  std::string_view content_, header_;
  size_t data_start_ = 0;
};

}  // namespace

const Tensor* SafetensorsFile::Find(std::string_view name) const {
  const auto found = std::ranges::find(tensors, name, &NamedTensor::name);
  return found == tensors.end() ? nullptr : &found->tensor;
}

std::string SafetensorsStart(const std::map<std::string, std::string>& metadata,
                             std::span<const TensorEntry> tensors, size_t least_bytes) {
  Json header = {{kMetadataKey, metadata}};
  uint64_t offset = 0;
  for (const auto& [name, dtype, shape] : tensors) {
    if (header.contains(name) || std::ranges::count(kDTypes, dtype, kToDType) == 0) {
      throw UsageError({.what = fmt::format("tensor '{}' cannot be written as safetensors", name),
                        .expected = fmt::format("{}, and a unique name", kKnownDTypes),
                        .got = fmt::format("{} {}", Name(dtype), shape.ToString())});
    }
    const auto sizes = shape.sizes();
    const uint64_t end = offset + static_cast<uint64_t>(shape.size()) * ByteSize(dtype);
    header[name] = {{"dtype", FormatName(dtype)},
                    {"shape", std::vector<int64_t>(sizes.begin(), sizes.end())},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  header[kMetadataKey][kHeaderChecksum] = Sha256(header.dump());
  std::string text = header.dump();
  const size_t least = std::max(text.size() + kLengthBytes, least_bytes);
  text.resize((least + kHeaderAlignment - 1) / kHeaderAlignment * kHeaderAlignment - kLengthBytes, ' ');
  const uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), kLengthBytes) + text;
}

void WriteSafetensors(const std::filesystem::path& path, const SafetensorsFile& file) {
  std::vector<TensorEntry> entries;
  std::vector<std::string_view> parts(1);  // the start, then the tensors in place
  for (const auto& [name, tensor] : file.tensors) {
    entries.push_back({name, tensor.dtype(), tensor.shape()});
    parts.emplace_back(static_cast<const char*>(tensor.raw()), tensor.byte_size());
  }
  auto metadata = file.metadata;
  metadata[kDataChecksum] = Sha256(std::span(parts).subspan(1));
  const std::string start = SafetensorsStart(metadata, entries);
  parts[0] = start;
  WriteFileAtomically(path, parts);
}

SafetensorsFile ReadSafetensors(const std::filesystem::path& path) {
  const std::string content = ReadFile(path);
  return Reader(path, content).Read(/*all=*/true, [](const Entry& entry, const char* bytes) {
    Tensor tensor(entry.shape, entry.dtype);
    if (entry.end > entry.begin) std::memcpy(tensor.raw(), bytes, entry.end - entry.begin);
    return tensor;
  });
}

SafetensorsFile MapSafetensors(const std::filesystem::path& path) {
  const auto mapped = std::make_shared<const MappedFile>(path);
  SafetensorsFile file =
      Reader(path, mapped->bytes()).Read(/*all=*/false, [](const Entry& entry, const char* bytes) {
        return Tensor::View(bytes, entry.shape, entry.dtype);
      });
  file.mapped = mapped;
  return file;
}

}  // namespace hourglass
