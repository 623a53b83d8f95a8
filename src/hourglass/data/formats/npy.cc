#include "hourglass/data/formats/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/require.h"
#include "hourglass/data/detail/sniff.h"
#include "hourglass/data/formats/numbers.h"

namespace hourglass {
namespace {

constexpr size_t kAlignment = 64;
constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::string_view kVersion("\x01\x00", 2);
constexpr size_t kMostHeader = 1 << 16;  // bytes; our headers have 128

void WriteArray(const std::filesystem::path& path, std::string_view type, const Shape& shape,
                std::string_view elements) {
  std::string sizes;
  for (const int64_t size : shape.sizes()) sizes += fmt::format("{}, ", size);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, sizes);
  // Magic, two bytes of header length, and a header padded to the alignment with spaces and a newline.
  const size_t unpadded = kMagic.size() + kVersion.size() + 2 + header.size() + 1;
  header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  header += '\n';
  std::string start(kMagic);
  start += kVersion;
  start += static_cast<char>(header.size() & 0xFF);
  start += static_cast<char>(header.size() >> 8);
  start += header;
  const std::string_view parts[] = {start, elements};
  WriteFileAtomically(path, parts);
}

// Type names as in numpy.dtype.str, without the byte order.
template <class T>
constexpr const char* kKindOf = nullptr;
template <>
constexpr const char* kKindOf<uint32_t> = "u4";
template <>
constexpr const char* kKindOf<int32_t> = "i4";
template <>
constexpr const char* kKindOf<double> = "f8";

template <class T>
void WriteNumbers(const std::filesystem::path& path, std::span<const T> array, const Shape& shape) {
  RequireEqual("number of elements", std::ssize(array), shape.size());
  WriteArray(path, std::string("<") + kKindOf<T>, shape,
             {reinterpret_cast<const char*>(array.data()), array.size_bytes()});
}

// The contents of a header.
struct NpyHeader {
  std::string type;
  bool fortran_order = false;
  std::vector<int64_t> sizes;
};

// Parses the Python dictionary of a header, which may hold only three keys with three kinds of values.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : left_(text) {}

  // Empty if it is not such a dictionary.
  std::optional<NpyHeader> Parse() {
    NpyHeader header;
    int keys = 0;
    if (!Take('{')) return std::nullopt;
    while (!Take('}')) {
      const std::optional<std::string> key = Text();
      if (!key || !Take(':') || !Value(*key, header)) return std::nullopt;
      ++keys;
      if (!Take(',') && !Next('}')) return std::nullopt;
    }
    SkipSpace();
    const bool whole = keys == 3 && left_.empty() && !header.type.empty();
    return whole ? std::optional(header) : std::nullopt;
  }

 private:
  bool Value(const std::string& key, NpyHeader& header) {
    if (key == "descr") {
      const std::optional<std::string> type = Text();
      header.type = type.value_or("");
      return type.has_value();
    }
    if (key == "fortran_order") {
      header.fortran_order = TakeWord("True");
      return header.fortran_order || TakeWord("False");
    }
    return key == "shape" && Sizes(header.sizes);
  }

  bool Sizes(std::vector<int64_t>& sizes) {
    sizes.clear();
    if (!Take('(')) return false;
    while (!Take(')')) {
      const std::optional<int64_t> size = Number();
      if (!size) return false;
      sizes.push_back(*size);
      if (!Take(',') && !Next(')')) return false;
    }
    return true;
  }

  std::optional<int64_t> Number() {
    SkipSpace();
    int64_t number = 0;
    size_t digits = 0;
    for (; digits < left_.size() && left_[digits] >= '0' && left_[digits] <= '9'; ++digits) {
      if (number > std::numeric_limits<int64_t>::max() / 10 - 1) return std::nullopt;
      number = 10 * number + (left_[digits] - '0');
    }
    left_.remove_prefix(digits);
    return digits > 0 ? std::optional(number) : std::nullopt;
  }

  std::optional<std::string> Text() {
    SkipSpace();
    if (left_.empty() || (left_[0] != '\'' && left_[0] != '"')) return std::nullopt;
    const size_t end = left_.find(left_[0], 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(left_.substr(1, end - 1));
    left_.remove_prefix(end + 1);
    return text;
  }

  bool TakeWord(std::string_view word) {
    SkipSpace();
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    return true;
  }
  bool Take(char c) { return TakeWord({&c, 1}); }
  bool Next(char c) {
    SkipSpace();
    return left_.starts_with(c);
  }
  void SkipSpace() { left_.remove_prefix(std::min(left_.find_first_not_of(" \t\r\n"), left_.size())); }

  std::string_view left_;
};

// A file opened after its header, whose size matches the header.
class NpyFile {
 public:
  // The content of a file, which `where` names.
  NpyFile(std::string content, std::string where)
      : path_(std::move(where)),
        size_(std::ssize(content)),
        file_(std::make_unique<std::istringstream>(std::move(content))) {
    ReadHeader();
  }
  explicit NpyFile(const std::filesystem::path& path) : path_(path.string()) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      throw DataError({.what = fmt::format("{} does not exist", path_), .hint = "check the path"});
    }
    if (!std::filesystem::is_regular_file(path, error)) {
      throw DataError({.what = fmt::format("{} is not a file", path_), .expected = "an npy file"});
    }
    file_ = std::make_unique<std::ifstream>(path, std::ios::binary);
    if (!*file_) throw ErrnoError(fmt::format("cannot read {}", path_));
    size_ = static_cast<int64_t>(std::filesystem::file_size(path));
    ReadHeader();
  }

  const std::string& path() const { return path_; }
  const std::vector<int64_t>& sizes() const { return header_.sizes; }
  // The type without its byte order: "f4".
  std::string_view kind() const {
    return std::string_view(header_.type).substr(std::min<size_t>(1, header_.type.size()));
  }

  // "2 axes of '<f8'"
  std::string Content() const {
    const size_t axes = header_.sizes.size();
    return fmt::format("{} {} of '{}'", axes, axes == 1 ? "axis" : "axes", header_.type);
  }

  int64_t begin() const { return begin_; }
  bool in_c_order() const { return !header_.fortran_order || header_.sizes.size() < 2; }

  // The number of elements, of `size` bytes each, that the header declares. Throws unless the file size
  // equals header plus elements.
  int64_t Count(int64_t size) const {
    const int64_t got = size_ - begin_;
    int64_t expected = size;
    bool too_much = false;
    for (const int64_t axis : header_.sizes) too_much |= __builtin_mul_overflow(expected, axis, &expected);
    if (!too_much && got == expected) return expected / size;
    throw DataError(
        {.what = fmt::format("{}, byte {}: the size of the data does not match the header", path_, begin_),
         .expected = too_much ? "a size below 2^63 bytes" : fmt::format("{} bytes", expected),
         .got = fmt::format("{} bytes", got),
         .hint = "the file is truncated or damaged: write it again"});
  }

  // Reads all elements, in C order.
  template <class T>
  void Read(std::span<T> to) {
    const auto bytes = static_cast<std::streamsize>(to.size_bytes());
    file_->read(reinterpret_cast<char*>(to.data()), bytes);
    if (file_->gcount() != bytes) throw ErrnoError(fmt::format("cannot read {}", path_));
    if (header_.type.starts_with('>')) numbers::SwapBytes(to);
    if (!in_c_order()) numbers::ToCOrder(to, header_.sizes);
  }

  template <class T, class Vector = std::vector<T>>
  Vector Read() {
    Vector elements(static_cast<size_t>(Count(sizeof(T))));
    Read(std::span<T>(elements));
    return elements;
  }

 private:
  void ReadHeader() {
    char start[12] = {};
    file_->read(start, 10);
    if (file_->gcount() != 10 || !std::string_view(start, 6).starts_with(kMagic)) {
      throw DataError({.what = fmt::format("{}, byte 0: not an npy file", path_),
                       .expected = "an array written by numpy.save",
                       .got = Sniff(Start()).name});
    }
    const auto byte = [&](int at) { return size_t{static_cast<uint8_t>(start[at])}; };
    size_t length = byte(8) | byte(9) << 8;
    begin_ = 10;
    if (start[6] == 2 || start[6] == 3) {
      file_->read(start + 10, 2);
      length |= byte(10) << 16 | byte(11) << 24;
      begin_ = 12;
    } else if (start[6] != 1) {
      throw DataError({.what = fmt::format("{}, byte 6: unknown npy version", path_),
                       .expected = "1, 2 or 3",
                       .got = fmt::format("{}", byte(6))});
    }
    std::string text(std::min(length, kMostHeader), ' ');
    file_->read(text.data(), static_cast<std::streamsize>(text.size()));
    const bool whole = length <= kMostHeader && file_->gcount() == static_cast<std::streamsize>(length);
    const std::optional<NpyHeader> header = whole ? HeaderParser(text).Parse() : std::nullopt;
    if (!header) {
      throw DataError({.what = fmt::format("{}, byte {}: damaged header", path_, begin_),
                       .expected = "{'descr': …, 'fortran_order': …, 'shape': …}",
                       .got = whole ? text.substr(0, 80) : fmt::format("a header of {} bytes", length)});
    }
    header_ = *header;
    begin_ += static_cast<int64_t>(length);
  }

  // The first bytes of the file.
  std::string Start() {
    std::string bytes(kSniffedBytes, '\0');
    file_->clear();
    file_->seekg(0);
    file_->read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<size_t>(file_->gcount()));
    return bytes;
  }

  std::string path_;
  int64_t size_ = 0;  // of the file, in bytes
  std::unique_ptr<std::istream> file_;
  NpyHeader header_;
  int64_t begin_ = 0;  // of the elements
};

Error WrongType(const NpyFile& file, const char* expected) {
  return DataError({.what = fmt::format("{}: unsupported number type", file.path()),
                    .expected = expected,
                    .got = file.Content()});
}

// At most Shape::kMaxRank axes; any further ones are merged into the last.
Shape ShapeOf(const std::vector<int64_t>& sizes) {
  std::vector<int64_t> axes(sizes.begin(),
                            sizes.begin() + std::min<ptrdiff_t>(sizes.size(), Shape::kMaxRank));
  for (size_t axis = axes.size(); axis < sizes.size(); ++axis) axes.back() *= sizes[axis];
  return Shape(axes);
}

template <class T>
Tensor ReadTensor(NpyFile& file) {
  const int64_t count = file.Count(sizeof(T));
  if (file.sizes().empty() || count == 0) {
    throw DataError({.what = fmt::format("{}: the array is empty", file.path()),
                     .expected = "at least one axis and one element"});
  }
  Tensor array(ShapeOf(file.sizes()), std::is_same_v<T, uint8_t> ? DType::kU8 : DType::kF32);
  if constexpr (std::is_same_v<T, uint8_t> || std::is_same_v<T, float>) {
    file.Read(array.span<T>());
  } else {
    const std::vector<T> stored = file.Read<T>();
    numbers::ToFloats<T>(stored, array.span<float>(), file.path());
  }
  return array;
}

}  // namespace

void WriteNpy(const std::filesystem::path& path, const Tensor& array) {
  if (array.dtype() != DType::kF32 && array.dtype() != DType::kU8) {
    throw UsageError(
        {.what = "cannot write this tensor as npy", .expected = "f32 or u8", .got = Describe(array)});
  }
  WriteArray(path, array.dtype() == DType::kF32 ? "<f4" : "|u1", array.shape(),
             {static_cast<const char*>(array.raw()), array.byte_size()});
}
void WriteNpy(const std::filesystem::path& path, std::span<const uint32_t> array, const Shape& shape) {
  WriteNumbers(path, array, shape);
}
void WriteNpy(const std::filesystem::path& path, std::span<const int32_t> array, const Shape& shape) {
  WriteNumbers(path, array, shape);
}
void WriteNpy(const std::filesystem::path& path, std::span<const double> array, const Shape& shape) {
  WriteNumbers(path, array, shape);
}

namespace {

Tensor ReadArray(NpyFile file) {
  Tensor array;
  if (!numbers::WithType(file.kind(), [&]<class T>(T) { array = ReadTensor<T>(file); }))
    throw WrongType(file, numbers::kTypes);
  return array;
}

std::vector<int32_t> ReadLabelArray(NpyFile file) {
  std::vector<int32_t> labels;
  // One axis, but for further ones of a single element, as in MedMNIST.
  const bool one_axis = !file.sizes().empty() && std::all_of(file.sizes().begin() + 1, file.sizes().end(),
                                                             [](int64_t size) { return size == 1; });
  if (!one_axis || !numbers::WithType(file.kind(), [&]<class T>(T) {
        const std::vector<T> stored = file.Read<T>();
        labels = numbers::ToLabels<T>(stored, file.path());
      })) {
    throw DataError({.what = fmt::format("{}: these are no labels", file.path()),
                     .expected = "one axis of whole numbers, as '<i8' or '|u1'; texts are no labels",
                     .got = file.Content()});
  }
  return labels;
}

}  // namespace

Tensor ReadNpy(const std::filesystem::path& path) {
  return ReadArray(NpyFile(path));
}

std::optional<StoredBytes> FindNpyBytes(const std::filesystem::path& path) {
  const NpyFile file(path);
  if (file.kind() != "u1" || !file.in_c_order() || file.sizes().empty() || file.Count(1) == 0)
    return std::nullopt;
  return StoredBytes{static_cast<uint64_t>(file.begin()), ShapeOf(file.sizes())};
}

Tensor ReadNpy(std::string content, const std::string& where) {
  return ReadArray(NpyFile(std::move(content), where));
}

template <class T>
NpyArray<T> ReadNpyArray(const std::filesystem::path& path) {
  NpyFile file(path);
  if (file.kind() != kKindOf<T>) throw WrongType(file, kKindOf<T>);
  return {file.sizes(), file.Read<T, LargeVector<T>>()};
}

template NpyArray<uint32_t> ReadNpyArray(const std::filesystem::path& path);
template NpyArray<int32_t> ReadNpyArray(const std::filesystem::path& path);
template NpyArray<double> ReadNpyArray(const std::filesystem::path& path);

std::vector<int32_t> ReadNpyLabels(const std::filesystem::path& path) {
  return ReadLabelArray(NpyFile(path));
}

std::vector<int32_t> ReadNpyLabels(std::string content, const std::string& where) {
  return ReadLabelArray(NpyFile(std::move(content), where));
}

}  // namespace hourglass
