// A layer is configuration and mathematics; the caller owns parameters and activations.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/core/json.h"
#include "hourglass/core/rng.h"

namespace hourglass {

// Initialisation of a parameter: uniform in [-bound, bound], as PyTorch initialises its layers.
struct ParamSpec {
  std::string name;  // "weight", "bias"
  Shape shape;
  double init_bound;
};

// The random numbers of a pass: those of row i depend on ids[i] and `epoch`, not on the batch.
struct PassNumbers {
  uint64_t seed;
  uint32_t epoch;
  std::span<const int64_t> ids;
  bool dropout = true;  // false: dropout does nothing
};

// Of a model, so that each layer has separate random numbers.
inline constexpr int64_t kMostLayers = 256;

// The settings of a pass over a batch.
struct Pass {
  const PassNumbers* numbers = nullptr;  // null: inference, nothing is random
  int layer = 0;                // the layer's index in the model: every layer draws separate random numbers
  bool dy_is_dz = false;        // backward: dy already includes the slope of the layer's activation
  std::span<Tensor> kept = {};  // one for each of the layer's kept_shapes(); Forward's are Backward's
};

class Layer {
 public:
  virtual ~Layer() = default;

  // The name in the registry and in configuration: "dense".
  virtual std::string_view kind() const = 0;
  // The layer's type as a model summary shows it: "Linear".
  virtual std::string_view display_name() const = 0;
  // Everything needed to rebuild the layer, including `kind`.
  virtual Json config() const = 0;
  // The activation fused into the layer, shown in a separate column of a summary.
  virtual Activation activation() const { return Activation::kNone; }
  // True if y has the numbers of x, reshaped, zeroed, or each scaled by a positive factor of its own.
  virtual bool KeepsSigns() const { return false; }
  // True if x and y may be in Backend::conv_layout(), each by itself.
  virtual bool ConvolvesImages() const { return false; }
  // True if x may be in any layout, which is then also that of y. All other layers have both in rows.
  virtual bool KeepsLayout() const { return false; }

  // Shape of one sample's output. Throws a usage Error that names the sizes if the layer cannot take `input`.
  virtual Shape OutputShape(const Shape& input) const = 0;
  virtual std::vector<ParamSpec> param_specs() const = 0;
  // The tensors beside input, output and their gradients that a training step needs, as shapes of one sample
  // for an `input` of this shape: what Forward keeps for Backward, and what Backward needs in between. The
  // caller owns them (Pass::kept).
  virtual std::vector<Shape> kept_shapes(const Shape& /*input*/) const { return {}; }

  // Partial config() of a layer that maps this layer's output back to the shape `input`: its kind and the
  // settings that determine the shape. Null if no kind can.
  virtual Json MirrorConfig(const Shape& /*input*/) const { return nullptr; }

  // y = f(x). params: f32, in the order of param_specs(). x [N, …] of the compute type. y in `y_format`
  // is resized, or a view of x if f only reshapes.
  virtual void Forward(Backend& backend, std::span<const Tensor> params, const Pass& pass, const Tensor& x,
                       Format y_format, Tensor& y) const = 0;

  // grads = the gradient of the parameters; *dx = the gradient of x unless dx is null. dy is the gradient of
  // y, or of the value before the activation if pass.dy_is_dz; its content is undefined on return. y is what
  // Forward wrote in the same `pass`.
  virtual void Backward(Backend& backend, std::span<const Tensor> params, std::span<Tensor> grads,
                        const Pass& pass, const Tensor& x, const Tensor& y, Tensor& dy, Tensor* dx) const = 0;

 protected:
  // The activation whose slope is still missing from dy in `pass`.
  Activation Slope(const Pass& pass) const { return pass.dy_is_dz ? Activation::kNone : activation(); }
};

// Makes a layer from its config(); unknown kinds and keys are usage Errors with the nearest known name.
std::unique_ptr<Layer> MakeLayer(const Json& config);

// Default config() of a `kind` layer whose input has shape `input`, keys in order; null marks a key the
// caller must set. Throws a usage Error for an unknown kind.
Json LayerDefaults(const std::string& kind, const Shape& input);

}  // namespace hourglass
