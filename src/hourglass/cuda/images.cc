#include "hourglass/cuda/images.h"

#include <algorithm>

#include "hourglass/backend/cpu/with_compute_type.h"
#include "hourglass/backend/image_change.h"
#include "hourglass/cuda/random.h"

namespace hourglass::cuda {
namespace {

template <class T>
void GatherPixelsAs(Launcher& launcher, const Tensor& images, std::span<const int64_t> ids, Tensor& x) {
  const int64_t* rows = launcher.stream().StepInput(ids);
  const int64_t pixels = x.row_size();
  const uint8_t* from = Elements<uint8_t>(images);
  T* to = Elements<T>(x);
  launcher.Loop(x.size(), [=] __device__(int64_t i) {
    Store(static_cast<float>(from[rows[i / pixels] * pixels + i % pixels]) / 255.0f, to + i);
  });
}

template <class T>
void MixRowsOf(Launcher& launcher, const Tensor& other, std::span<const float> shares, Tensor& x) {
  const float* share = launcher.stream().StepInput(shares);
  const int64_t columns = x.row_size();
  const T* from = Elements<T>(other);
  T* to = Elements<T>(x);
  launcher.Loop(x.size(), [=] __device__(int64_t i) {
    const float old = Load(to + i);
    Store(old + share[i / columns] * (Load(from + i) - old), to + i);
  });
}

// Of one sample.
struct SampleNumbers {
  const BatchNumbers& numbers;
  int64_t row;

  __host__ __device__ float Uniform(uint32_t number) const { return numbers.Uniform(row, number); }
  __host__ __device__ uint32_t Below(uint32_t bound, uint32_t number) const {
    return numbers.Below(bound, row, number);
  }
};

// The value of a channel, [H, W], between the pixels that surround a place.
template <class T>
__host__ __device__ float ValueAt(const T* channel, int64_t W, const PixelPlace& row,
                                  const PixelPlace& column) {
  const auto between = [&](int64_t h) {
    return Between(Load(channel + h * W + column.first), Load(channel + h * W + column.second), column.share);
  };
  return Between(between(row.first), between(row.second), row.share);
}

template <class T>
void AugmentImages(Launcher& launcher, const Augmentation& augmentation, BatchNumbers numbers,
                   const Tensor& x, Tensor& y) {
  const int64_t C = x.shape()[1], H = x.shape()[2], W = x.shape()[3];
  const bool recolours = augmentation.recolours();
  const T* from = Elements<T>(x);
  T* to = Elements<T>(y);
  launcher.Loop(x.size(), [=] __device__(int64_t i) {
    const int64_t w = i % W, h = i / W % H, plane = i / (W * H), image = plane / C;
    const ImageChange change = DrawImageChange(augmentation, SampleNumbers{numbers, image});
    const PixelPlace row = change.RowOf(h, H), column = change.ColumnOf(w, W);
    float value = ValueAt(from + plane * H * W, W, row, column);
    if (recolours) {
      float sum = 0;
      for (int64_t c = 0; c < C; ++c) sum += ValueAt(from + (image * C + c) * H * W, W, row, column);
      value = change.Recoloured(value, sum / static_cast<float>(C));
    }
    Store(value, to + i);
  });
}

// Adds sigma · a normal number to each element.
template <class T>
void AddNormals(Launcher& launcher, float sigma, BatchNumbers numbers, Tensor& x) {
  const int64_t columns = x.row_size();
  T* to = Elements<T>(x);
  launcher.Loop(x.size(), [=] __device__(int64_t i) {
    const float normal = numbers.Normal(i / columns, static_cast<uint32_t>(i % columns));
    Store(Load(to + i) + sigma * normal, to + i);
  });
}

// Sets a square of each image to 0.
template <class T>
void Occlude(Launcher& launcher, int64_t side, BatchNumbers numbers, Tensor& x) {
  const int64_t C = x.shape()[1], H = x.shape()[2], W = x.shape()[3];
  const auto tops = static_cast<uint32_t>(H - side + 1), lefts = static_cast<uint32_t>(W - side + 1);
  T* to = Elements<T>(x);
  launcher.Loop(x.rows() * C * side * side, [=] __device__(int64_t i) {
    const int64_t w = i % side, h = i / side % side, plane = i / (side * side), image = plane / C;
    const int64_t top = numbers.Below(tops, image, 0), left = numbers.Below(lefts, image, 1);
    Store(0.0f, to + (plane * H + top + h) * W + left + w);
  });
}

// Sets each pixel to 0 in all channels if its random word is below `replaced`, or to 1 if it is also below
// `white`.
template <class T>
void ReplacePixels(Launcher& launcher, uint32_t replaced, uint32_t white, BatchNumbers numbers, Tensor& x) {
  const int64_t columns = x.row_size(), pixels = x.shape()[2] * x.shape()[3];
  T* to = Elements<T>(x);
  launcher.Loop(x.size(), [=] __device__(int64_t i) {
    const uint32_t word = numbers.Word(i / columns, static_cast<uint32_t>(i % pixels));
    if (word < replaced) Store(word < white ? 1.0f : 0.0f, to + i);
  });
}

template <class T>
void CorruptImages(Launcher& launcher, const Corruption& corruption, BatchNumbers numbers, Tensor& x) {
  const double amount = corruption.amount;
  switch (corruption.kind) {
    case CorruptionKind::kNone:
      return;
    case CorruptionKind::kGaussian:
      return AddNormals<T>(launcher, static_cast<float>(amount), numbers, x);
    case CorruptionKind::kOcclusion:
      return Occlude<T>(launcher, OcclusionSide(amount, x.shape()[2], x.shape()[3]), numbers, x);
    case CorruptionKind::kSaltPepper:
    case CorruptionKind::kMasking: {
      const auto replaced = static_cast<uint32_t>(amount * 0x1p32);
      const uint32_t white = corruption.kind == CorruptionKind::kSaltPepper ? replaced / 2 : 0;
      return ReplacePixels<T>(launcher, replaced, white, numbers, x);
    }
  }
}

template <class T>
void DropElements(Launcher& launcher, BatchNumbers numbers, uint32_t first_element, float probability,
                  const Tensor& x, Tensor& y) {
  const int64_t columns = x.row_size();
  const float scale = 1.0f / (1.0f - probability);
  const T* from = Elements<T>(x);
  T* to = Elements<T>(y);
  launcher.Loop(x.size(), [=] __device__(int64_t i) {
    const uint32_t element = first_element + static_cast<uint32_t>(i % columns);
    const bool dropped = numbers.Uniform(i / columns, element) < probability;
    Store(dropped ? 0.0f : Load(from + i) * scale, to + i);
  });
}

}  // namespace

void GatherPixels(Launcher& launcher, const Tensor& images, std::span<const int64_t> ids, Tensor& x) {
  cpu::WithComputeType(x.dtype(), [&]<class T>() { GatherPixelsAs<T>(launcher, images, ids, x); });
}

void MixRows(Launcher& launcher, const Tensor& other, std::span<const float> shares, Tensor& x) {
  cpu::WithComputeType(x.dtype(), [&]<class T>() { MixRowsOf<T>(launcher, other, shares, x); });
}

void Augment(Launcher& launcher, const Augmentation& augmentation, const Rng& rng, uint32_t epoch,
             std::span<const int64_t> ids, const Tensor& x, Tensor& y) {
  cpu::WithComputeType(x.dtype(), [&]<class T>() {
    AugmentImages<T>(launcher, augmentation, {launcher, rng, epoch, ids}, x, y);
  });
}

void Corrupt(Launcher& launcher, const Corruption& corruption, const Rng& rng, uint32_t epoch,
             std::span<const int64_t> ids, Tensor& x) {
  cpu::WithComputeType(x.dtype(), [&]<class T>() {
    CorruptImages<T>(launcher, corruption, {launcher, rng, epoch, ids}, x);
  });
}

void Dropout(Launcher& launcher, const Rng& rng, uint32_t epoch, std::span<const int64_t> ids,
             uint32_t first_element, float probability, const Tensor& x, Tensor& y) {
  cpu::WithComputeType(x.dtype(), [&]<class T>() {
    DropElements<T>(launcher, {launcher, rng, epoch, ids}, first_element, probability, x, y);
  });
}

}  // namespace hourglass::cuda
