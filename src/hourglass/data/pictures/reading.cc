#include "hourglass/data/pictures/reading.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"

namespace hourglass {
namespace {

// What became of a file.
struct Outcome {
  std::optional<DecodedPicture> decoded = {};
  std::string error = {};  // if it could not be read
  std::string hint = {};   // then, what to do
};

std::string ReasonOf(const Error& error) {
  const ErrorText& text = error.text();
  return text.got.empty() ? text.what : fmt::format("{} ({})", text.what, text.got);
}

// One call of ReadPictures.
class Reading {
 public:
  Reading(const PictureFiles& files, const ReadingOptions& options)
      : files_(files), options_(options), outcomes_(files.size()) {}

  PicturesRead Run() {
    Decode();
    if (failure_) std::rethrow_exception(failure_);
    PicturesRead result{.images = {}, .files = {}, .left_out = {}, .form = options_.form, .counts = {}};
    for (size_t i = 0; i < outcomes_.size(); ++i) {
      if (!outcomes_[i].decoded) {
        result.left_out.push_back({files_.name(i), outcomes_[i].error, outcomes_[i].hint});
        continue;
      }
      result.files.push_back(i);
      result.counts.Add(outcomes_[i].decoded->traits);
    }
    CheckLeftOut(result);
    SetForm(result);
    Assemble(result);
    return result;
  }

 private:
  void Decode() {
    const auto count = static_cast<int64_t>(outcomes_.size());
#pragma omp parallel for schedule(dynamic, 16)
    for (int64_t k = 0; k < count; ++k) {
      if (stop_) continue;
      try {
        DecodeOne(files_.InOrderOfReading(static_cast<size_t>(k)));
        Count(count);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        stop_ = true;
      }
    }
  }

  // With a size, the picture is brought into it at once, and takes little memory. Without one, all must have
  // the size of the first: pixels of other sizes are only counted.
  void DecodeOne(size_t i) {
    Outcome& outcome = outcomes_[i];
    try {
      const std::string content = files_.Read(i);
      const std::span bytes(reinterpret_cast<const uint8_t*>(content.data()), content.size());
      outcome.decoded = DecodePicture(bytes, files_.name(i), options_.form);
    } catch (const Error& error) {
      outcome.error = ReasonOf(error);
      outcome.hint = error.text().hint;
      return;
    }
    Picture& picture = outcome.decoded->picture;
    if (options_.form.size) {
      BringTo(*options_.form.size, picture);
    } else if (picture.size != SizeOfFirst(picture.size)) {
      if (options_.inspect) {
        BringTo(kInspectedSize, picture);
      } else {
        picture.pixels = {};
      }
    }
  }

  void BringTo(const PictureSize& size, Picture& picture) const {
    PictureForm form = options_.form;
    form.size = size;
    if (form.channels == ColourChannels::kAuto)
      form.channels = picture.grey() ? ColourChannels::kGrey : ColourChannels::kRgb;
    picture = Conform(std::move(picture), form);
  }

  PictureSize SizeOfFirst(const PictureSize& size) {
    const std::lock_guard lock(mutex_);
    if (!first_size_) first_size_ = size;
    return *first_size_;
  }

  void Count(int64_t all) {
    const int64_t done = ++done_;
    constexpr int64_t kStep = 64;
    if (!options_.progress || (done % kStep != 0 && done != all)) return;
    const std::lock_guard lock(mutex_);
    options_.progress(done, all);
  }

  void CheckLeftOut(const PicturesRead& result) const {
    if (result.left_out.empty() && !result.files.empty()) return;
    if ((options_.skip_bad || options_.inspect) && !result.files.empty()) return;
    std::vector<std::string> reasons;
    constexpr size_t kShown = 3;
    for (const LeftOut& one : result.left_out) {
      if (reasons.size() == kShown) break;
      reasons.push_back(one.reason);
    }
    const size_t more = result.left_out.size() - reasons.size();
    throw DataError(
        {.what = fmt::format("{} of {} pictures cannot be read", result.left_out.size(), files_.size()),
         .got = fmt::format("{}{}", fmt::join(reasons, "; "),
                            more > 0 ? fmt::format("; and {} more", more) : ""),
         .hint = WhatToDo(result.left_out) + (result.files.empty() ? "" : "; or go on without them"),
         .setting = result.files.empty() ? "" : "skip_bad = true"});
  }

  void SetForm(PicturesRead& result) const {
    const PictureCounts& counts = result.counts;
    if (!result.form.size) {
      const bool mixed = counts.sizes.size() > 1;
      if (mixed && !options_.inspect) throw MixedSizes(counts.sizes);
      result.form.size = mixed ? kInspectedSize : counts.sizes.begin()->first;
    }
    if (result.form.channels != ColourChannels::kAuto) return;
    int64_t grey = 0, colour = 0;
    for (const auto& [channels, count] : counts.channels) (channels <= 2 ? grey : colour) += count;
    result.form.channels = grey > colour ? ColourChannels::kGrey : ColourChannels::kRgb;
  }

  static Error MixedSizes(const std::map<PictureSize, int64_t>& sizes) {
    std::vector<std::pair<int64_t, PictureSize>> frequent;
    for (const auto& [size, count] : sizes) frequent.emplace_back(count, size);
    std::ranges::stable_sort(frequent, std::greater<>(), &std::pair<int64_t, PictureSize>::first);
    constexpr size_t kShown = 5;
    std::vector<std::string> lines;
    for (const auto& [count, size] : frequent) {
      if (lines.size() == kShown) break;
      lines.push_back(fmt::format("{} of {}", count, ToString(size)));
    }
    return DataError(
        {.what = fmt::format("the pictures have {} different sizes", sizes.size()),
         .expected = "pictures of one size, or a size to bring them to",
         .got = fmt::format("{}{}", fmt::join(lines, ", "), frequent.size() > kShown ? ", and others" : ""),
         .hint = "choose a size, and crop, pad or stretch as the fit",
         .setting = "size = 64x64"});
  }

  // Brings every picture into the form, and into place.
  void Assemble(PicturesRead& result) {
    const int64_t channels = result.form.channels == ColourChannels::kGrey ? 1 : 3;
    const auto count = static_cast<int64_t>(result.files.size());
    const PictureSize size = *result.form.size;
    result.images.Resize({count, channels, size.height, size.width}, DType::kU8);
    auto* images = result.images.data<uint8_t>();
#pragma omp parallel for schedule(dynamic, 64)
    for (int64_t i = 0; i < count; ++i) {
      Outcome& outcome = outcomes_[result.files[static_cast<size_t>(i)]];
      Picture picture = std::exchange(outcome.decoded->picture, {});
      if (picture.size != size) BringTo(size, picture);  // as those that were not kept whole
      CopyPlanes(Conform(std::move(picture), result.form), images + i * result.images.row_size());
    }
  }

  const PictureFiles& files_;
  const ReadingOptions& options_;
  std::vector<Outcome> outcomes_;
  std::atomic<int64_t> done_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;  // of the following, and of options_.progress
  std::optional<PictureSize> first_size_;
  std::exception_ptr failure_;
};

}  // namespace

std::string WhatToDo(const std::vector<LeftOut>& files) {
  const auto first = std::ranges::find_if(files, [](const LeftOut& file) { return !file.hint.empty(); });
  return first == files.end() ? "mend or remove them" : first->hint;
}

std::string ReadPictureFile(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw DataError({.what = fmt::format("{} is not a file", path.string()), .expected = "a picture file"});
  return ReadFile(path);
}

void PictureCounts::Add(const PictureTraits& traits) {
  ++formats[traits.format];
  ++sizes[traits.size];
  ++channels[traits.channels];
  ++bits[traits.bits];
  palettes += traits.palette;
  cmyk += traits.cmyk;
  rotated += traits.rotated;
}

void PictureCounts::Add(const PictureCounts& other) {
  const auto add = [](auto& to, const auto& from) {
    for (const auto& [key, count] : from) to[key] += count;
  };
  add(formats, other.formats);
  add(sizes, other.sizes);
  add(channels, other.channels);
  add(bits, other.bits);
  palettes += other.palettes;
  cmyk += other.cmyk;
  rotated += other.rotated;
}

int64_t PictureCounts::alpha() const {
  int64_t sum = 0;
  for (const auto& [channel, count] : channels) sum += channel % 2 == 0 ? count : 0;
  return sum;
}

PicturesRead ReadPictures(const PictureFiles& files, const ReadingOptions& options) {
  return Reading(files, options).Run();
}

}  // namespace hourglass
