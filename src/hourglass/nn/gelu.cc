#include "hourglass/nn/gelu.h"

#include "hourglass/core/check.h"
#include "hourglass/nn/detail/config_reader.h"

namespace hourglass {

std::unique_ptr<Layer> Gelu::FromConfig(const Json& config) {
  ConfigReader(config, "GELU layer").Finish();
  return std::make_unique<Gelu>();
}

void Gelu::Forward(Backend& backend, std::span<const Tensor>, const Pass&, const Tensor& x, Format y_format,
                   Tensor& y) const {
  HOURGLASS_CHECK(y_format.layout == x.layout());
  backend.Gelu(x, y_format.dtype, y);
}

void Gelu::Backward(Backend& backend, std::span<const Tensor>, std::span<Tensor>, const Pass&,
                    const Tensor& x, const Tensor&, Tensor& dy, Tensor* dx) const {
  if (dx != nullptr) backend.GeluGradient(x, dy, *dx);
}

}  // namespace hourglass
