// Operations on a device that treat each element by itself, and norms.
#pragma once

#include "hourglass/backend/backend.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// As in Backend, which has checked the tensors. All of them are on the device of the launcher's stream.
void Add(Launcher& launcher, const Tensor& x, Tensor& y);
void Gelu(Launcher& launcher, const Tensor& x, Tensor& y);
void GeluGradient(Launcher& launcher, const Tensor& x, const Tensor& dy, Tensor& dx);
bool AllFinite(Launcher& launcher, const Tensor& x);
void Zero(Launcher& launcher, Tensor& x);
void Round(Launcher& launcher, const Tensor& x, Tensor& y);
void ClipNorm(Launcher& launcher, double limit, Tensor& x);

}  // namespace hourglass::cuda
