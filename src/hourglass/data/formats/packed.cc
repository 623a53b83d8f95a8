#include "hourglass/data/formats/packed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/json.h"
#include "hourglass/core/safetensors.h"
#include "hourglass/core/text.h"
#include "hourglass/data/mapped_dataset.h"
#include "hourglass/data/report_json.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr char kPackAgain[] = "pack the data again: hourglass data pack";

// Of pictures that were brought into it when they were packed.
PictureForm FormOf(const Shape& shape) {
  const ColourChannels channels = shape[0] == 1 ? ColourChannels::kGrey : ColourChannels::kRgb;
  return {.size = PictureSize{shape[1], shape[2]}, .channels = channels};
}

// Reads one file; every error names it.
class PackedReader {
 public:
  explicit PackedReader(const fs::path& path) : path_(path.string()), file_(MapSafetensors(path)) {
    const auto format = file_.metadata.find(kPackedFormatKey);
    const bool packed = format != file_.metadata.end() && format->second.starts_with("hourglass data ");
    if (!packed) {
      throw DataError({.what = fmt::format("{} is a safetensors file, but holds no packed data", path_),
                       .expected = "a file written by `hourglass data pack`",
                       .hint = "is it a model?"});
    }
    if (format->second != kPackedFormat) Fail("is of another version", kPackedFormat, format->second);
    data_ = ParseJson(Text(kPackedDataKey), fmt::format("{}, description of the data", path_));
  }

  const Json& data() const { return data_; }

  std::shared_ptr<const Dataset> Part(const std::string& name) const {
    const Tensor* images = file_.Find(name);
    if (images == nullptr || images->dtype() != DType::kU8 || images->shape().rank() != 4)
      Fail(fmt::format("has no images called {}", name), "u8 [M, C, H, W]",
           images ? Describe(*images) : "nothing");
    const Json& json = data_.at("parts").at(name);
    MappedDataset::Part part{.images = Tensor::View(images->data<uint8_t>(), images->shape()),
                             .classes = Classes(name),
                             .checksum = json.at("checksum")};
    part.labels = Labels(name, images->rows(), part.classes.size());
    part.names = Names(name, images->rows());
    return std::make_shared<const MappedDataset>(file_.mapped, std::move(part));
  }

  std::optional<DataReport> Report() const {
    const std::string_view text = Bytes("report");
    if (text.empty()) return std::nullopt;
    try {
      return ReportFromJson(ParseJson(text, fmt::format("{}, report", path_)));
    } catch (const Error& error) {
      Fail("is damaged", "a report of what was found", error.text().what);
    }
  }

  [[noreturn]] void Fail(std::string_view what, std::string expected, std::string got) const {
    throw DataError({.what = fmt::format("{} {}", path_, what),
                     .expected = std::move(expected),
                     .got = std::move(got),
                     .hint = kPackAgain});
  }

 private:
  // Of a tensor u8; empty if there is none.
  std::string_view Bytes(const std::string& name) const {
    const Tensor* tensor = file_.Find(name);
    if (tensor == nullptr) return {};
    if (tensor->dtype() != DType::kU8)
      Fail(fmt::format("has {} of another type", name), "u8", Describe(*tensor));
    return {static_cast<const char*>(tensor->raw()), tensor->byte_size()};
  }

  const std::string& Text(const std::string& key) const {
    const auto found = file_.metadata.find(key);
    if (found == file_.metadata.end()) Fail("is damaged", "metadata " + key, "none");
    return found->second;
  }

  std::vector<int32_t> Labels(const std::string& part, int64_t images, size_t classes) const {
    const Tensor* tensor = file_.Find(part + "_labels");
    if (tensor == nullptr) return {};
    if (tensor->dtype() != DType::kI32 || tensor->shape() != Shape{images})
      Fail("has labels that do not fit its images", fmt::format("i32 [{}]", images), Describe(*tensor));
    std::vector<int32_t> labels(static_cast<size_t>(images));
    if (images > 0) std::memcpy(labels.data(), tensor->raw(), tensor->byte_size());  // at any address
    const auto most = classes == 0 ? INT32_MAX : static_cast<int32_t>(classes) - 1;
    const auto bad = std::ranges::find_if(labels, [&](int32_t label) { return label < 0 || label > most; });
    if (bad != labels.end())
      Fail("has a label that is no class", fmt::format("0 to {}", most), fmt::format("{}", *bad));
    return labels;
  }

  std::string_view Names(const std::string& part, int64_t images) const {
    const std::string_view names = Bytes(part + "_names");
    if (!names.empty() && (!names.ends_with('\0') || std::ranges::count(names, '\0') != images)) {
      Fail("has names that do not fit its images", fmt::format("{} names", images),
           fmt::format("{} bytes", names.size()));
    }
    return names;
  }

  std::vector<std::string> Classes(const std::string& part) const {
    std::vector<std::string> classes;
    std::string_view names = Bytes(part + "_classes");
    if (!names.empty() && !names.ends_with('\0'))
      Fail("is damaged", "whole names of classes", "a part of one");
    for (; !names.empty(); names.remove_prefix(classes.back().size() + 1))
      classes.emplace_back(names.substr(0, names.find('\0')));
    return classes;
  }

  std::string path_;
  SafetensorsFile file_;
  Json data_;
};

}  // namespace

bool IsPackedData(const DataOptions& options) {
  std::error_code error;
  if (!fs::is_regular_file(options.name, error)) return false;
  constexpr std::string_view kStart = "{\"__metadata__\"";
  std::ifstream file(options.name, std::ios::binary);
  std::string start(8 + kStart.size(), '\0');
  return file.read(start.data(), static_cast<std::streamsize>(start.size())) && start.ends_with(kStart);
}

std::string SourceOfPacked(const fs::path& path) {
  try {
    return PackedReader(path).data().at("source");
  } catch (const std::exception&) {
    return "";
  }
}

OpenedData OpenPackedData(const DataOptions& options) {
  const PackedReader reader(options.name);
  OpenedData opened{.location = options.name, .train = nullptr, .test = nullptr};
  try {
    const Json& data = reader.data();
    opened.train = reader.Part("train");
    opened.note = data.at("note");
    opened.report = reader.Report();
    if (data.at("pictures") == true && options.form.open()) opened.form = FormOf(opened.train->image_shape());
    opened.test_name = data.at("test_name");
    if (options.wants_test() && data.at("parts").contains(opened.test_name))
      opened.test = reader.Part(opened.test_name);
  } catch (const Json::exception& error) {
    reader.Fail("is damaged", "a description of the data", ReasonOf(error));
  }
  return opened;
}

}  // namespace hourglass
