#include "hourglass/data/pictures/reading.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"

namespace hourglass {
namespace {

std::string ReasonOf(const Error& error) {
  const ErrorText& text = error.text();
  return text.got.empty() ? text.what : fmt::format("{} ({})", text.what, text.got);
}

// One call of ReadPictures. Images are read as the first picture is: with its size and channels, unless the
// options give others. If that turns out not to be the form of the whole, which is rare, all are read again.
class Reading {
 public:
  Reading(PictureFiles& files, const ReadingOptions& options)
      : files_(files), options_(options), room_(options.room ? *options.room : memory_) {}

  PicturesRead Run() {
    state_ = room_.Restore();
    if (state_.done == 0) Restart(options_.form);
    while (true) {
      if (FormIsKnown()) MakeRoom();
      Decode();
      if (failure_) std::rethrow_exception(failure_);
      CheckLeftOut();
      const PictureForm form = FormOfAll();
      if (form.size == state_.form.size && form.channels == state_.form.channels) break;
      Restart(form);
      state_.any_size = options_.form.size || options_.inspect;
    }
    return Result();
  }

 private:
  static constexpr size_t kBlock = 256;  // files

  bool FormIsKnown() const {
    return state_.form.size.has_value() && state_.form.channels != ColourChannels::kAuto;
  }

  void Restart(const PictureForm& form) {
    state_ = {.form = form, .any_size = form.size.has_value()};
    mixed_ = false;
  }

  void MakeRoom() {
    const int64_t channels = state_.form.channels == ColourChannels::kGrey ? 1 : 3;
    const auto count = static_cast<int64_t>(files_.size());
    images_ = room_.Make({count, channels, state_.form.size->height, state_.form.size->width});
  }

  // One block after the other, so that those that are done are known.
  void Decode() {
    files_.BeginAt(state_.done);
    done_ = static_cast<int64_t>(state_.done);
    while (state_.done < files_.size() && !failure_ && !(mixed_ && options_.inspect)) {
      const size_t end = std::min(state_.done + kBlock, files_.size());
      size_t k = state_.done;
      for (; k < end && !FormIsKnown(); ++k) TryOne(k);  // the first picture decides
#pragma omp parallel for schedule(dynamic, 16)
      for (size_t later = k; later < end; ++later) TryOne(later);
      state_.done = end;
      if (!failure_) room_.Save(state_);
    }
  }

  void TryOne(size_t k) {
    if (stop_) return;
    try {
      DecodeOne(files_.InOrderOfReading(k));
      CountOne();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      stop_ = true;
    }
  }

  void DecodeOne(size_t i) {
    DecodedPicture decoded;
    try {
      const std::string content = files_.Read(i);
      const std::span bytes(reinterpret_cast<const uint8_t*>(content.data()), content.size());
      decoded = DecodePicture(bytes, files_.name(i), options_.form);
    } catch (const Error& error) {
      const std::lock_guard lock(mutex_);
      state_.left_out[i] = {files_.name(i), ReasonOf(error), error.text().hint};
      return;
    }
    if (!FormIsKnown()) SetForm(decoded.picture);
    {
      const std::lock_guard lock(mutex_);
      state_.counts.Add(decoded.traits);
      mixed_ |= !state_.any_size && decoded.picture.size != state_.form.size;
    }
    if (state_.any_size) BringTo(*state_.form.size, decoded.picture);
    if (decoded.picture.size != state_.form.size) return;  // an error, or read again
    CopyPlanes(Conform(std::move(decoded.picture), state_.form),
               images_.data<uint8_t>() + static_cast<int64_t>(i) * images_.row_size());
  }

  // What is open is as in the first picture. Called before others are read.
  void SetForm(const Picture& first) {
    if (!state_.form.size) state_.form.size = first.size;
    if (state_.form.channels == ColourChannels::kAuto)
      state_.form.channels = first.grey() ? ColourChannels::kGrey : ColourChannels::kRgb;
    MakeRoom();
  }

  void BringTo(const PictureSize& size, Picture& picture) const {
    PictureForm form = options_.form;
    form.size = size;
    if (form.channels == ColourChannels::kAuto)
      form.channels = picture.grey() ? ColourChannels::kGrey : ColourChannels::kRgb;
    picture = Conform(std::move(picture), form);
  }

  void CountOne() {
    const int64_t done = ++done_, all = static_cast<int64_t>(files_.size());
    constexpr int64_t kStep = 64;
    if (!options_.progress || (done % kStep != 0 && done != all)) return;
    const std::lock_guard lock(mutex_);
    options_.progress(done, all);
  }

  void CheckLeftOut() const {
    const bool none = state_.left_out.size() == files_.size();
    if (state_.left_out.empty() && !none) return;
    if ((options_.skip_bad || options_.inspect) && !none) return;
    std::vector<std::string> reasons;
    constexpr size_t kShown = 3;
    for (const auto& [file, one] : state_.left_out) {
      if (reasons.size() == kShown) break;
      reasons.push_back(one.reason);
    }
    const size_t more = state_.left_out.size() - reasons.size();
    throw DataError(
        {.what = fmt::format("{} of {} pictures cannot be read", state_.left_out.size(), files_.size()),
         .got = fmt::format("{}{}", fmt::join(reasons, "; "),
                            more > 0 ? fmt::format("; and {} more", more) : ""),
         .hint = WhatToDo(LeftOutFiles()) + (none ? "" : "; or go on without them"),
         .setting = none ? "" : "skip_bad = true"});
  }

  // That of the options; what they leave open as most pictures have it.
  PictureForm FormOfAll() const {
    const PictureCounts& counts = state_.counts;
    PictureForm form = options_.form;
    if (!form.size) {
      const bool mixed = counts.sizes.size() > 1;
      if (mixed && !options_.inspect) throw MixedSizes(counts.sizes);
      form.size = mixed ? kInspectedSize : counts.sizes.begin()->first;
    }
    if (form.channels != ColourChannels::kAuto) return form;
    int64_t grey = 0, colour = 0;
    for (const auto& [channels, count] : counts.channels) (channels <= 2 ? grey : colour) += count;
    form.channels = grey > colour ? ColourChannels::kGrey : ColourChannels::kRgb;
    return form;
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

  std::vector<LeftOut> LeftOutFiles() const {
    std::vector<LeftOut> files;
    for (const auto& [file, one] : state_.left_out) files.push_back(one);
    return files;
  }

  PicturesRead Result() {
    PicturesRead result{.images = std::move(images_),
                        .rows = {},
                        .left_out = LeftOutFiles(),
                        .form = state_.form,
                        .counts = std::move(state_.counts)};
    for (size_t i = 0; i < files_.size(); ++i) {
      if (!state_.left_out.contains(i)) result.rows.push_back(static_cast<int64_t>(i));
    }
    return result;
  }

  PictureFiles& files_;
  const ReadingOptions& options_;
  ImageRoom memory_, &room_;
  Tensor images_;  // one row per file
  std::atomic<int64_t> done_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;  // of the following while threads read, and of options_.progress
  ReadingState state_;
  bool mixed_ = false;  // sizes differ
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

PicturesRead ReadPictures(PictureFiles& files, const ReadingOptions& options) {
  return Reading(files, options).Run();
}

}  // namespace hourglass
