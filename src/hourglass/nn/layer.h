// A layer is configuration and mathematics; the caller owns parameters and activations.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/core/json.h"

namespace hourglass {

// How a parameter is initialised: uniform in [-bound, bound], as PyTorch does for its layers.
struct ParamSpec {
  std::string name;  // "weight", "bias"
  Shape shape;
  double init_bound;
};

// The parameters of one layer, in the order of param_specs(), as f32 views into the flat buffers of a
// ParamStore.
struct LayerParams {
  std::vector<Tensor> values;
  std::vector<Tensor> grads;
};

class Layer {
 public:
  virtual ~Layer() = default;

  // The name in the registry and in configuration: "dense".
  virtual std::string_view kind() const = 0;
  // The layer's type as a model summary shows it: "Linear".
  virtual std::string_view display_name() const = 0;
  // All that is needed to make the layer again, `kind` included.
  virtual Json config() const = 0;
  // The activation fused into the layer, shown as a row of its own in a summary.
  virtual Activation activation() const { return Activation::kNone; }

  // Shape of one sample's output; throws a usage Error that names the sizes when the layer cannot take
  // `input`.
  virtual Shape OutputShape(const Shape& input) const = 0;
  virtual std::vector<ParamSpec> param_specs() const = 0;

  // y = f(x). x [N, …] of the compute type; y (resized) of type `y_dtype`.
  virtual void Forward(Backend& backend, const LayerParams& params, const Tensor& x, DType y_dtype,
                       Tensor& y) const = 0;

  // params.grads += the gradient of the parameters; *dx = the gradient of x unless dx is null. dy is
  // consumed: on return it holds no promise. y is what Forward wrote.
  virtual void Backward(Backend& backend, LayerParams& params, const Tensor& x, const Tensor& y, Tensor& dy,
                        Tensor* dx) const = 0;
};

// Makes a layer from its config(); unknown kinds and keys are usage Errors with the nearest known name.
std::unique_ptr<Layer> MakeLayer(const Json& config);

}  // namespace hourglass
