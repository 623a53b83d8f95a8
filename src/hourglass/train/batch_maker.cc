#include "hourglass/train/batch_maker.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

namespace hourglass {
namespace {

double Distance2(const float* a, const float* b, int64_t d) {
  double sum = 0;
  for (int64_t i = 0; i < d; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

bool LiesIn(const PixelRoom& room, const Tensor& images) {
  return &images == &room.pixels || (room.of_part != nullptr && LiesIn(*room.of_part, images));
}

}  // namespace

BatchMaker::BatchMaker(Backend& backend, DType precision, uint64_t seed, size_t most_on_device)
    : backend_(backend),
      precision_(precision),
      noise_(seed, Stream::kNoise),
      mix_(seed, Stream::kMix),
      augment_(seed, Stream::kAugment),
      second_noise_(seed, Stream::kNoiseOfSecondView),
      second_augment_(seed, Stream::kAugmentOfSecondView),
      input_(backend.device()),
      target_(backend.device()),
      augmented_(backend.device()),
      code_target_(backend.device()),
      code_input_(backend.device()),
      most_on_device_(most_on_device) {}

Batch BatchMaker::Make(const Dataset& data, std::span<const int64_t> ids, const ImageChanges& changes,
                       uint32_t epoch) {
  Gather(data, ids, input_);
  Augment(changes.augmentation, ids, epoch, input_);
  if (changes.corruption.none()) return {ids, epoch, input_, input_};
  Gather(data, ids, target_);
  Augment(changes.augmentation, ids, epoch, target_);
  backend_.Corrupt(changes.corruption, noise_, epoch, ids, input_);
  return {ids, epoch, input_, target_};
}

Batch BatchMaker::MakeViews(const Dataset& data, std::span<const int64_t> ids, const ImageChanges& changes,
                            uint32_t epoch) {
  const auto count = std::ssize(ids);
  view_ids_.assign(ids.begin(), ids.end());
  view_ids_.insert(view_ids_.end(), ids.begin(), ids.end());
  view_partners_.clear();
  for (int64_t row = 0; row < 2 * count; ++row)
    view_partners_.push_back(static_cast<int32_t>(row < count ? row + count : row - count));
  Gather(data, view_ids_, augmented_);
  input_.Resize(augmented_.shape(), augmented_.dtype());
  for (const bool second : {false, true}) {
    const Tensor from = augmented_.Rows(second ? count : 0, count);
    Tensor to = input_.Rows(second ? count : 0, count);
    backend_.Augment(changes.augmentation, second ? second_augment_ : augment_, epoch, ids, from, to);
    backend_.Corrupt(changes.corruption, second ? second_noise_ : noise_, epoch, ids, to);
  }
  return {view_ids_, epoch, input_, input_, nullptr, view_partners_};
}

Batch BatchMaker::MakeTaught(const Dataset& data, std::span<const int64_t> ids, const Teacher& teacher,
                             const Mixing& mixing, uint32_t epoch) {
  Gather(data, ids, input_);
  MixCodes(ids, teacher, mixing.share, epoch);
  if (mixing.share > 0) {
    Gather(data, mixed_with_, target_);
    backend_.MixRows(target_, shares_, input_);
  }
  Augment(mixing.changes.augmentation, ids, epoch, input_);
  backend_.Corrupt(mixing.changes.corruption, noise_, epoch, ids, input_);
  return {ids, epoch, input_, input_, &CodesOnDevice()};
}

Batch BatchMaker::MakeHeldOut(const Dataset& data, std::span<const int64_t> ids, const Teacher& teacher) {
  Gather(data, ids, input_);
  GatherCodes(teacher.held_out_codes, ids);
  return {ids, /*epoch=*/0, input_, input_, &CodesOnDevice()};
}

Batch BatchMaker::MakeCoded(const Dataset& data, std::span<const int64_t> ids, const Tensor& codes,
                            uint32_t epoch) {
  Gather(data, ids, target_);
  GatherCodes(codes, ids);
  return MakeCoded({ids, epoch, target_, target_}, CodesOnDevice());
}

Batch BatchMaker::MakeCoded(const Batch& images, const Tensor& codes) {
  backend_.Round(codes, precision_, code_input_);
  return {images.ids, images.epoch, code_input_, images.target};
}

void BatchMaker::MixCodes(std::span<const int64_t> ids, const Teacher& teacher, double share,
                          uint32_t epoch) {
  constexpr double kNear = 0.15;  // in deviations of the codes: farther, the way between leads through others
  GatherCodes(teacher.codes, ids);
  mixed_with_.assign(ids.begin(), ids.end());
  shares_.assign(ids.size(), 0.0f);
  const auto k = static_cast<uint32_t>(teacher.nearest.k);
  const int64_t d = codes_.row_size();
  for (size_t row = 0; row < ids.size(); ++row) {
    const auto id = static_cast<uint64_t>(ids[row]);
    if (mix_.Uniform(epoch, id, 0) >= static_cast<float>(share)) continue;
    const int64_t near = teacher.nearest.Of(ids[row])[mix_.Below(k, epoch, id, 1)];
    float* code = codes_.data<float>() + static_cast<int64_t>(row) * d;
    const float* other = teacher.codes.data<float>() + near * d;
    if (Distance2(code, other, d) > std::pow(kNear * teacher.deviation, 2)) continue;
    mixed_with_[row] = near;
    shares_[row] = mix_.Uniform(epoch, id, 2);
    for (int64_t i = 0; i < d; ++i) code[i] += shares_[row] * (other[i] - code[i]);
  }
}

void BatchMaker::GatherCodes(const Tensor& all, std::span<const int64_t> ids) {
  codes_.Resize(all.shape().WithRows(static_cast<int64_t>(ids.size())));
  const int64_t d = all.row_size();
  float* to = codes_.data<float>();
  for (const int64_t id : ids) to = std::copy_n(all.data<float>() + id * d, d, to);
}

const Tensor& BatchMaker::CodesOnDevice() {
  Device& device = backend_.device();
  if (&device == &HostDevice()) return codes_;
  code_target_.Resize(codes_.shape(), codes_.dtype());
  device.CopyFromHost(code_target_.raw(), codes_.raw(), codes_.byte_size());
  return code_target_;
}

void BatchMaker::Gather(const Dataset& data, std::span<const int64_t> ids, Tensor& x) {
  const LocatedPixels located = data.Locate(ids, room_);
  if (&located.images->device() != &backend_.device()) return GatherFromHost(located, x);
  backend_.GatherPixels(*located.images, located.rows, precision_, x);
}

void BatchMaker::GatherFromHost(const LocatedPixels& located, Tensor& x) {
  const Tensor& images = *located.images;
  if (!LiesIn(room_, images) && images.byte_size() <= most_on_device_)
    return backend_.GatherPixels(WholeOnDevice(images), located.rows, precision_, x);
  const Tensor batch = GatherRows(images, located.rows).CopyTo(backend_.device());
  std::vector<int64_t> rows(located.rows.size());
  std::iota(rows.begin(), rows.end(), int64_t{0});
  backend_.GatherPixels(batch, rows, precision_, x);
}

const Tensor& BatchMaker::WholeOnDevice(const Tensor& images) {
  const auto known = data_on_device_.find(images.raw());
  if (known != data_on_device_.end()) return known->second;
  return data_on_device_.emplace(images.raw(), images.CopyTo(backend_.device())).first->second;
}

void BatchMaker::Augment(const Augmentation& augmentation, std::span<const int64_t> ids, uint32_t epoch,
                         Tensor& x) {
  if (augmentation.none()) return;
  backend_.Augment(augmentation, augment_, epoch, ids, x, augmented_);
  std::swap(x, augmented_);
}

}  // namespace hourglass
