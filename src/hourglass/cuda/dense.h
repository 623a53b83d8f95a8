// Dense layers and symmetric products on a device, by matrix products.
#pragma once

#include "hourglass/backend/backend.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// As in Backend, which has checked the tensors. All of them are on the device of the launcher's stream.
void DenseForward(Launcher& launcher, const Tensor& x, const Tensor& w, const Tensor& b,
                  Activation activation, Tensor& y);
void DenseBackward(Launcher& launcher, const Tensor& x, const Tensor& w, const Tensor& y,
                   Activation activation, Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx);
void Gram(Launcher& launcher, const Tensor& x, Tensor& g);

}  // namespace hourglass::cuda
