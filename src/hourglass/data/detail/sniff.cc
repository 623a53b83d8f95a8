#include "hourglass/data/detail/sniff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>

#include "hourglass/data/content_reader.h"
#include "hourglass/data/formats/idx.h"

namespace hourglass {
namespace {

using std::string_view_literals::operator""sv;

constexpr char kConvert[] = "save its images as npz, or as a folder of pictures (docs/data.md has recipes)";
constexpr char kFolder[] = "give the folder that it is in";
constexpr char kPictures[] = "save it as PNG or JPEG";
constexpr char kUnpack[] = "unpack it first";
constexpr char kFetchAgain[] = "fetch or copy it again";
constexpr char kErrorPage[] = "an error page was saved in place of the file: fetch it again";

// A kind of file, identified by the bytes at `offset` and by text that must occur in its first bytes.
struct Signature {
  size_t offset;
  std::string_view bytes;
  std::string_view inside;
  const char* name;
  const char* hint;
};

constexpr Signature kBinary[] = {
    {0, "\x93NUMPY"sv, "", "a NumPy array (npy)", kConvert},
    {0, "PK\x03\x04"sv, ".npy", "an archive of NumPy arrays (npz)", kConvert},
    {0, "PK\x03\x04"sv, "", "a zip archive", kUnpack},
    {0, "PK\x05\x06"sv, "", "an empty zip archive", kFetchAgain},
    {0, "\x1f\x8b"sv, "", "gzip", kUnpack},
    {0, "BZh"sv, "", "bzip2", kUnpack},
    {0, "\xfd\x37zXZ"sv, "", "xz", kUnpack},
    {0, "\x28\xb5\x2f\xfd"sv, "", "zstd", kUnpack},
    {0, "7z\xbc\xaf\x27\x1c"sv, "", "a 7z archive", kUnpack},
    {257, "ustar"sv, "", "a tar archive that is damaged where it begins", kFetchAgain},
    {0, "\x89PNG\r\n\x1a\n"sv, "", "a PNG image", kFolder},
    {0, "\xff\xd8\xff"sv, "", "a JPEG image", kFolder},
    {0, "GIF8"sv, "", "a GIF image", kPictures},
    {0, "BM"sv, "", "a BMP image", kFolder},
    {0, "II*\0"sv, "", "a TIFF image", kFolder},
    {0, "MM\0*"sv, "", "a TIFF image", kFolder},
    {8, "WEBP"sv, "", "a WebP image", kFolder},
    {0, "\x89HDF\r\n\x1a\n"sv, "", "an HDF5 file", kConvert},
    {0, "MATLAB 5.0"sv, "", "a MATLAB file", kConvert},
    {0, "PAR1"sv, "", "a Parquet file", kConvert},
    {0, "%PDF"sv, "", "a PDF document", ""},
    {0, "\x80\x02"sv, "", "a Python pickle", kConvert},
    {0, "\x80\x03"sv, "", "a Python pickle", kConvert},
    {0, "\x80\x04"sv, "", "a Python pickle", kConvert},
    {0, "\x80\x05"sv, "", "a Python pickle", kConvert},
    {8, "{\"__metadata__\""sv, "", "a safetensors file", ""},
};

// For lower-case text without leading spaces.
constexpr Signature kText[] = {
    {0, "<!doctype html"sv, "", "an HTML page", kErrorPage},
    {0, "<html"sv, "", "an HTML page", kErrorPage},
    {0, "<"sv, "<html", "an HTML page", kErrorPage},
    {0, "<"sv, "", "XML", kErrorPage},
    {0, "version https://git-lfs"sv, "", "a Git LFS pointer", "fetch the file itself: git lfs pull"},
};

template <size_t N>
std::optional<FileKind> Match(const Signature (&table)[N], std::string_view start) {
  for (const Signature& row : table) {
    const bool begins = start.size() >= row.offset && start.substr(row.offset).starts_with(row.bytes);
    if (begins && start.find(row.inside) != std::string_view::npos) return FileKind{row.name, row.hint};
  }
  return std::nullopt;
}

// The file as lower-case text; empty if it is not text.
std::optional<std::string> AsText(std::string_view start) {
  if (start.starts_with("\xef\xbb\xbf")) start.remove_prefix(3);
  std::string text;
  for (const char c : start) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && std::isspace(byte) == 0) return std::nullopt;
    if (!text.empty() || std::isspace(byte) == 0) text += static_cast<char>(std::tolower(byte));
  }
  return text;
}

std::string Hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format(" {:02x}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace

FileKind Sniff(std::string_view start) {
  if (start.empty()) return {"an empty file", kFetchAgain};
  if (const auto idx = DescribeIdx(start)) return {*idx, ""};
  if (const auto kind = Match(kBinary, start)) return *kind;
  if (start.find_first_not_of('\0') == std::string_view::npos) return {"nothing but zeros", kFetchAgain};
  const std::optional<std::string> text = AsText(start);
  if (!text) {
    return {fmt::format("unknown: it begins with the bytes{}", Hexadecimal(start.substr(0, 8))),
            "if it should be such a file, it is damaged: fetch or copy it again"};
  }
  if (const auto kind = Match(kText, *text)) return *kind;
  return {"text", kConvert};
}

FileKind SniffFile(const std::filesystem::path& path) {
  ContentReader reader(path);
  std::string start(kSniffedBytes, '\0');
  start.resize(reader.Read(start.data(), start.size()));
  FileKind kind = Sniff(start);
  if (reader.compressed()) kind.name = kind.name == "gzip" ? "gzip within gzip" : "gzip of " + kind.name;
  return kind;
}

}  // namespace hourglass
