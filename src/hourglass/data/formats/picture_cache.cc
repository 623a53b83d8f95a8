#include "hourglass/data/formats/picture_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/data/formats/packed.h"
#include "hourglass/data/formats/packed_writer.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr char kExtension[] = ".hgd";
constexpr uint64_t kSpareBytes = uint64_t{1} << 30;  // left free on the disk

// The form in which images were read that have this shape now.
PictureForm FormRead(PictureForm asked, const Shape& shape) {
  asked.size = PictureSize{shape[1], shape[2]};
  asked.channels = shape[0] == 1 ? ColourChannels::kGrey : ColourChannels::kRgb;
  return asked;
}

OpenedData OpenCached(const fs::path& path, const DataOptions& options) {
  DataOptions packed = options;
  packed.name = path.string();
  OpenedData opened = OpenPackedData(packed);
  opened.location = options.name;
  opened.form = FormRead(options.form, opened.train->image_shape());
  return opened;
}

// Nothing if the file is not there, is damaged, or lacks pictures that the user does not want to miss.
std::optional<OpenedData> FindCached(const fs::path& path, const DataOptions& options) {
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  try {
    OpenedData opened = OpenCached(path, options);
    const bool complete = !opened.report || opened.report->left_out.empty();
    if (complete || options.skip_bad) return opened;
  } catch (const Error&) {  // it is made again
  }
  return std::nullopt;
}

// Whether `error` is about the cache, and not about the pictures.
bool IsAboutCache(const Error& error) {
  return error.kind() != ErrorKind::kData;
}

}  // namespace

fs::path CachedSetsDir() {
  return UserCacheDir() / "sets";
}

OpenedData OpenCachedPictures(const std::string& key, const DataOptions& options, const PictureReader& read) {
  std::string problem;
  try {
    const fs::path path = CachedSetsDir() / (key + kExtension);
    if (auto cached = FindCached(path, options)) return *std::move(cached);
    CreateDirectories(path.parent_path());
    PackedWriter writer(path, kSpareBytes);
    DataOptions into_cache = options;
    into_cache.rooms = &writer;
    writer.Finish(read(into_cache));
    return OpenCached(path, options);
  } catch (const Error& error) {
    if (!IsAboutCache(error)) throw;
    problem = error.text().got.empty() ? error.text().what
                                       : fmt::format("{}: {}", error.text().what, error.text().got);
  }
  OpenedData opened = read(options);
  opened.note += fmt::format("{}not kept in the cache ({})", opened.note.empty() ? "" : "; ", problem);
  return opened;
}

std::vector<CachedSet> CachedSets() {
  std::vector<CachedSet> sets;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(CachedSetsDir(), error)) {
    CachedSet set{.file = entry.path(), .source = "", .bytes = entry.file_size(error)};
    if (entry.path().extension() == kExtension) set.source = SourceOfPacked(entry.path());
    sets.push_back(std::move(set));
  }
  std::ranges::sort(sets, {}, &CachedSet::file);
  return sets;
}

std::vector<CachedSet> ClearCachedSets() {
  std::vector<CachedSet> sets = CachedSets();
  std::erase_if(sets, [](const CachedSet& set) {
    std::error_code error;
    return IsBeingWritten(set.file) || !fs::remove(set.file, error);
  });
  return sets;
}

}  // namespace hourglass
