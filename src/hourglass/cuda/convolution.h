// Convolutions on a device, directly: each thread computes one element of the result.
#pragma once

#include "hourglass/backend/backend.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// As in Backend, which has checked the tensors. All of them are on the device of the launcher's stream.
void ConvForward(Launcher& launcher, const Tensor& x, const Tensor& w, const Tensor& b,
                 const ConvGeometry& geometry, Activation activation, Tensor& y);
void ConvBackward(Launcher& launcher, const Tensor& x, const Tensor& w, const Tensor& y,
                  const ConvGeometry& geometry, Activation activation, Tensor& dy, Tensor& dw, Tensor& db,
                  Tensor* dx);
void ConvTransposeForward(Launcher& launcher, const Tensor& x, const Tensor& w, const Tensor& b,
                          const ConvGeometry& geometry, Activation activation, Tensor& y);
void ConvTransposeBackward(Launcher& launcher, const Tensor& x, const Tensor& w, const Tensor& y,
                           const ConvGeometry& geometry, Activation activation, Tensor& dy, Tensor& dw,
                           Tensor& db, Tensor* dx);

}  // namespace hourglass::cuda
