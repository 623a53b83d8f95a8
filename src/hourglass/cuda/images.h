// Batches of images on a device: gathered, mixed, augmented and corrupted; and dropout.
#pragma once

#include <cstdint>
#include <span>

#include "hourglass/backend/backend.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// As in Backend, which has checked the tensors. All of them are on the device of the launcher's stream.
void GatherPixels(Launcher& launcher, const Tensor& images, std::span<const int64_t> ids, Tensor& x);
void MixRows(Launcher& launcher, const Tensor& other, std::span<const float> shares, Tensor& x);
void Augment(Launcher& launcher, const Augmentation& augmentation, const Rng& rng, uint32_t epoch,
             std::span<const int64_t> ids, const Tensor& x, Tensor& y);
void Corrupt(Launcher& launcher, const Corruption& corruption, const Rng& rng, uint32_t epoch,
             std::span<const int64_t> ids, Tensor& x);
void Dropout(Launcher& launcher, const Rng& rng, uint32_t epoch, std::span<const int64_t> ids,
             uint32_t first_element, float probability, const Tensor& x, Tensor& y);

}  // namespace hourglass::cuda
