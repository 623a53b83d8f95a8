#include "hourglass/data/formats/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "hourglass/core/check.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"

namespace hourglass {
namespace {

constexpr size_t kAlignment = 64;
constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::string_view kVersion("\x01\x00", 2);
constexpr size_t kMostHeader = 1 << 16;  // bytes; a header of ours has 128

void WriteArray(const std::filesystem::path& path, std::string_view type, const Shape& shape,
                std::string_view elements) {
  std::string sizes;
  for (const int64_t size : shape.sizes()) sizes += fmt::format("{}, ", size);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, sizes);
  // Magic, two bytes of header length, and a header that spaces and a newline fill to the alignment.
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

template <class T>
constexpr const char* kTypeOf = nullptr;
template <>
constexpr const char* kTypeOf<uint32_t> = "<u4";
template <>
constexpr const char* kTypeOf<int32_t> = "<i4";
template <>
constexpr const char* kTypeOf<double> = "<f8";

template <class T>
void WriteNumbers(const std::filesystem::path& path, std::span<const T> array, const Shape& shape) {
  HOURGLASS_CHECK(static_cast<size_t>(shape.size()) == array.size());
  WriteArray(path, kTypeOf<T>, shape, {reinterpret_cast<const char*>(array.data()), array.size_bytes()});
}

// What a header says.
struct NpyHeader {
  std::string type;
  bool fortran_order = false;
  std::vector<int64_t> sizes;
};

// The Python dictionary of a header, of which three keys with three kinds of values are allowed.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : left_(text) {}

  // Nothing when it is no such dictionary.
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

// A file that is open behind its header, whose size is what the header says.
class NpyFile {
 public:
  explicit NpyFile(const std::filesystem::path& path) : path_(path.string()) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      throw DataError({.what = fmt::format("{} does not exist", path_), .hint = "check the path"});
    }
    if (!std::filesystem::is_regular_file(path, error)) {
      throw DataError({.what = fmt::format("{} is not a file", path_), .expected = "an npy file"});
    }
    file_.open(path, std::ios::binary);
    if (!file_) throw ErrnoError(fmt::format("cannot read {}", path_));
    ReadHeader();
  }

  const std::string& path() const { return path_; }
  const NpyHeader& header() const { return header_; }
  int64_t count() const { return count_; }

  // Throws unless the file's size is that of header and `count()` elements of `size` bytes.
  void CheckSize(int64_t size) {
    const auto got = static_cast<int64_t>(std::filesystem::file_size(path_)) - begin_;
    int64_t expected = size;
    bool too_much = false;
    for (const int64_t axis : header_.sizes) too_much |= __builtin_mul_overflow(expected, axis, &expected);
    if (!too_much && got == expected) {
      count_ = expected / size;
      return;
    }
    throw DataError(
        {.what = fmt::format("{}, byte {}: the elements are not those of the header", path_, begin_),
         .expected = too_much ? "a size below 2^63 bytes" : fmt::format("{} bytes", expected),
         .got = fmt::format("{} bytes", got),
         .hint = "the file is cut short or damaged: write it again"});
  }

  void ReadElements(void* to, int64_t bytes) {
    file_.read(static_cast<char*>(to), bytes);
    if (file_.gcount() != bytes) throw ErrnoError(fmt::format("cannot read {}", path_));
  }

  Error WrongType(const char* expected, const char* hint) const {
    return DataError({.what = fmt::format("{}: wrong type of numbers", path_),
                      .expected = expected,
                      .got = fmt::format("'{}'", header_.type),
                      .hint = hint});
  }

 private:
  void ReadHeader() {
    char start[12] = {};
    file_.read(start, 10);
    if (file_.gcount() != 10 || !std::string_view(start, 6).starts_with(kMagic)) {
      throw DataError({.what = fmt::format("{}, byte 0: not an npy file", path_),
                       .expected = "an array as numpy.save writes it"});
    }
    const auto byte = [&](int at) { return size_t{static_cast<uint8_t>(start[at])}; };
    size_t length = byte(8) | byte(9) << 8;
    begin_ = 10;
    if (start[6] == 2 || start[6] == 3) {
      file_.read(start + 10, 2);
      length |= byte(10) << 16 | byte(11) << 24;
      begin_ = 12;
    } else if (start[6] != 1) {
      throw DataError({.what = fmt::format("{}, byte 6: unknown version of npy", path_),
                       .expected = "1, 2 or 3",
                       .got = fmt::format("{}", byte(6))});
    }
    std::string text(std::min(length, kMostHeader), ' ');
    file_.read(text.data(), static_cast<std::streamsize>(text.size()));
    const bool whole = length <= kMostHeader && file_.gcount() == static_cast<std::streamsize>(length);
    const std::optional<NpyHeader> header = whole ? HeaderParser(text).Parse() : std::nullopt;
    if (!header) {
      throw DataError({.what = fmt::format("{}, byte {}: damaged header", path_, begin_),
                       .expected = "{'descr': …, 'fortran_order': …, 'shape': …}",
                       .got = whole ? text.substr(0, 80) : fmt::format("a header of {} bytes", length)});
    }
    header_ = *header;
    begin_ += static_cast<int64_t>(length);
    if (header_.fortran_order && header_.sizes.size() > 1) {
      throw DataError({.what = fmt::format("{}: the array is stored column by column", path_),
                       .expected = "C order",
                       .got = "Fortran order",
                       .hint = "numpy.save(path, numpy.ascontiguousarray(x))"});
    }
  }

  std::string path_;
  std::ifstream file_;
  NpyHeader header_;
  int64_t begin_ = 0;  // of the elements
  int64_t count_ = 0;
};

template <class T>
std::vector<uint8_t> LabelsOf(NpyFile& file) {
  file.CheckSize(sizeof(T));
  std::vector<T> numbers(static_cast<size_t>(file.count()));
  file.ReadElements(numbers.data(), file.count() * int64_t{sizeof(T)});
  std::vector<uint8_t> labels;
  for (const T number : numbers) {
    if (!std::in_range<uint8_t>(number)) {
      throw DataError({.what = fmt::format("{}: element {} is no label", file.path(), labels.size()),
                       .expected = "0 to 255",
                       .got = fmt::format("{}", number)});
    }
    labels.push_back(static_cast<uint8_t>(number));
  }
  return labels;
}

}  // namespace

void WriteNpy(const std::filesystem::path& path, const Tensor& array) {
  HOURGLASS_CHECK(array.dtype() != DType::kBF16);
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

Tensor ReadNpy(const std::filesystem::path& path) {
  NpyFile file(path);
  const bool floats = file.header().type == "<f4";
  if (!floats && file.header().type != "|u1") {
    throw file.WrongType("float32 '<f4' or uint8 '|u1'", "numpy.save(path, x.astype(numpy.float32))");
  }
  file.CheckSize(floats ? 4 : 1);
  const std::vector<int64_t>& sizes = file.header().sizes;
  if (sizes.empty() || file.count() == 0) {
    throw DataError({.what = fmt::format("{}: the array is empty", file.path()),
                     .expected = "at least one axis and one element"});
  }
  std::vector<int64_t> axes(sizes.begin(),
                            sizes.begin() + std::min<ptrdiff_t>(sizes.size(), Shape::kMaxRank));
  for (size_t axis = axes.size(); axis < sizes.size(); ++axis) axes.back() *= sizes[axis];
  Tensor array(Shape(axes), floats ? DType::kF32 : DType::kU8);
  file.ReadElements(array.raw(), static_cast<int64_t>(array.byte_size()));
  return array;
}

template <class T>
NpyArray<T> ReadNpyArray(const std::filesystem::path& path) {
  NpyFile file(path);
  if (file.header().type != kTypeOf<T>) throw file.WrongType(kTypeOf<T>, "is this the right file?");
  file.CheckSize(sizeof(T));
  NpyArray<T> array = {file.header().sizes, std::vector<T>(static_cast<size_t>(file.count()))};
  file.ReadElements(array.values.data(), file.count() * int64_t{sizeof(T)});
  return array;
}

template NpyArray<uint32_t> ReadNpyArray(const std::filesystem::path& path);
template NpyArray<int32_t> ReadNpyArray(const std::filesystem::path& path);
template NpyArray<double> ReadNpyArray(const std::filesystem::path& path);

std::vector<uint8_t> ReadNpyLabels(const std::filesystem::path& path) {
  NpyFile file(path);
  if (file.header().sizes.size() != 1) {
    throw DataError({.what = fmt::format("{}: labels are one axis of numbers", file.path()),
                     .got = fmt::format("{} axes", file.header().sizes.size())});
  }
  const std::string& type = file.header().type;
  if (type == "|u1") return LabelsOf<uint8_t>(file);
  if (type == "|i1") return LabelsOf<int8_t>(file);
  if (type == "<u2") return LabelsOf<uint16_t>(file);
  if (type == "<i2") return LabelsOf<int16_t>(file);
  if (type == "<u4") return LabelsOf<uint32_t>(file);
  if (type == "<i4") return LabelsOf<int32_t>(file);
  if (type == "<u8") return LabelsOf<uint64_t>(file);
  if (type == "<i8") return LabelsOf<int64_t>(file);
  throw file.WrongType("whole numbers, as '<i8' or '|u1'", "numpy.save(path, y.astype(numpy.uint8))");
}

}  // namespace hourglass
