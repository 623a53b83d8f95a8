#include "hourglass/model/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

constexpr int64_t kBlock = 1000;  // rows per inference block: bounds memory

// Rows of `sample`, flattened or in the shape of `sample`.
void CheckRows(const Tensor& x, const Shape& sample, std::string_view what, bool f32_only) {
  const bool number = x.dtype() == DType::kF32 || (x.dtype() == DType::kBF16 && !f32_only);
  const bool flat = x.shape().rank() == 2 && x.row_size() == sample.size();
  if (number && x.shape().rank() > 0 && (flat || x.shape() == sample.Batched(x.rows()))) return;
  std::string expected = sample.ToString();
  expected = fmt::format("{} [N, {}", f32_only ? "f32" : "f32 or bf16", std::string_view(expected).substr(1));
  throw UsageError({.what = fmt::format("the model does not accept these {}", what),
                    .expected = std::move(expected),
                    .got = Describe(x)});
}

// The matrices of dense layers that a training step of `trained` multiplies by. The gradient of its input is
// never needed.
std::vector<Backend::SharedWeight> DenseWeights(const Model& model, ModelPart trained) {
  std::vector<Backend::SharedWeight> weights;
  bool of_input = true;
  const auto add = [&](const Sequential& network) {
    for (int i = 0; i < network.size(); ++i) {
      for (const Tensor& param : model.params().layer(network.param_index(i)))
        if (param.shape().rank() == 2) weights.push_back({&param, /*backward=*/!of_input});
      of_input = false;
    }
  };
  if (trained != ModelPart::kDecoder) add(model.encoder());
  if (trained != ModelPart::kEncoder) add(model.decoder());
  return weights;
}

// The random numbers of the codes of a pass, which are their means without any.
struct CodeNoise {
  std::optional<Rng> noise;
  uint32_t epoch = 0;
  std::span<const int64_t> ids;

  explicit CodeNoise(const PassNumbers* numbers) {
    if (numbers == nullptr) return;
    noise.emplace(numbers->seed, Stream::kCode);
    epoch = numbers->epoch;
    ids = numbers->ids;
  }
  const Rng* rng() const { return noise ? &*noise : nullptr; }
};

}  // namespace

Session::Session(const Model& model, Backend& backend)
    : model_(&model),
      backend_(&backend),
      output_gradient_(backend.device()),
      code_gradient_(backend.device()),
      code_(backend.device()),
      moments_(backend.device()),
      moments_gradient_(backend.device()) {}

// The result is [rows of x, output_shape].
Tensor Session::Infer(const Sequential& network, const Tensor& x, const Shape& output_shape) {
  const Backend::Scope scope(*backend_);
  Tensor all(output_shape.Batched(x.rows()));
  Activations activations;
  for (int64_t begin = 0; begin < x.rows(); begin += kBlock) {
    const int64_t count = std::min(kBlock, x.rows() - begin);
    const Tensor input = OnDevice(x.Rows(begin, count), backend_->device());
    const Tensor y = OnHost(network.Forward(*backend_, model_->params(), Pass(), input, activations,
                                            /*f32_output=*/true));
    std::ranges::copy(y.span<float>(), all.Rows(begin, count).span<float>().begin());
  }
  return all;
}

Tensor Session::Encode(const Tensor& images) {
  CheckRows(images, model_->image_shape(), "images", /*f32_only=*/true);
  const int64_t outputs = model_->architecture().encoder_outputs(), d = model_->code_size();
  Tensor encoded = Infer(model_->encoder(), images, {outputs});
  if (!model_->gaussian()) return encoded;
  Tensor means({encoded.rows(), d});
  for (int64_t row = 0; row < means.rows(); ++row)
    std::copy_n(encoded.data<float>() + row * outputs, d, means.data<float>() + row * d);
  return means;
}

Tensor Session::EncodeMoments(const Tensor& images) {
  if (!model_->gaussian()) {
    throw UsageError({.what = "the codes of this model have no variance",
                      .expected = "a model with a gaussian bottleneck",
                      .got = model_->architecture().name + " with bottleneck = identity",
                      .hint = "train one",
                      .setting = "bottleneck = gaussian"});
  }
  CheckRows(images, model_->image_shape(), "images", /*f32_only=*/true);
  return Infer(model_->encoder(), images, {model_->architecture().encoder_outputs()});
}

Tensor Session::Decode(const Tensor& codes) {
  CheckRows(codes, {model_->code_size()}, "codes", /*f32_only=*/true);
  return Infer(model_->decoder(), codes, model_->image_shape());
}

Tensor Session::Reconstruct(const Tensor& images) {
  return Decode(Encode(images));
}

Session::Outputs Session::Forward(const Tensor& input, const PassNumbers* numbers) {
  CheckRows(input, model_->image_shape(), "images", /*f32_only=*/false);
  const Backend::Scope scope(*backend_);
  if (!model_->gaussian()) {
    const Tensor& code =
        model_->encoder().Forward(*backend_, model_->params(), {numbers, 0}, input, encoder_activations_,
                                  /*f32_output=*/false);
    return {code, ForwardDecoder(code, numbers)};
  }
  RunEncoder(input, numbers, moments_);
  const CodeNoise noise(numbers);
  backend_->SampleCodes(noise.rng(), noise.epoch, noise.ids, moments_, input.dtype(), code_);
  return {code_, ForwardDecoder(code_, numbers), &moments_};
}

const Tensor& Session::ForwardEncoder(const Tensor& input, const PassNumbers* numbers) {
  CheckRows(input, model_->image_shape(), "images", /*f32_only=*/false);
  const Backend::Scope scope(*backend_);
  RunEncoder(input, numbers, code_);
  return code_;
}

void Session::RunEncoder(const Tensor& input, const PassNumbers* numbers, Tensor& encoded) {
  numbers_.reset();
  if (numbers != nullptr) numbers_ = *numbers;
  model_->encoder().Forward(*backend_, model_->params(), {numbers, 0}, input, encoder_activations_,
                            /*f32_output=*/true);
  // The backward pass needs the output in the compute type.
  std::swap(encoded, encoder_activations_.outputs.back());
  backend_->Round(encoded, input.dtype(), encoder_activations_.outputs.back());
}

const Tensor& Session::ForwardDecoder(const Tensor& codes, const PassNumbers* numbers) {
  CheckRows(codes, {model_->code_size()}, "codes", /*f32_only=*/false);
  const Backend::Scope scope(*backend_);
  numbers_.reset();
  if (numbers != nullptr) numbers_ = *numbers;
  return model_->decoder().Forward(*backend_, model_->params(), {numbers, model_->encoder().size()}, codes,
                                   decoder_activations_, /*f32_output=*/false);
}

Tensor& Session::BackwardDecoder(Tensor& dz, FlatParams& grads) {
  const Tensor& code = model_->gaussian() ? code_ : encoder_activations_.outputs.back();
  BackwardDecoder(code, dz, grads, &code_gradient_);
  return code_gradient_;
}

Tensor& Session::BackwardSample(const Tensor& dcode) {
  const CodeNoise noise(last_numbers());
  backend_->SampleCodesGradient(noise.rng(), noise.epoch, noise.ids, moments_, dcode, moments_gradient_);
  return moments_gradient_;
}

void Session::BackwardDecoder(const Tensor& codes, Tensor& dz, FlatParams& grads) {
  BackwardDecoder(codes, dz, grads, nullptr);
}

void Session::BackwardDecoder(const Tensor& codes, Tensor& dz, FlatParams& grads, Tensor* dcodes) {
  const Backend::Scope scope(*backend_);
  const Pass pass{last_numbers(), model_->encoder().size(), /*dy_is_dz=*/true};
  model_->decoder().Backward(*backend_, model_->params(), grads, pass, codes, decoder_activations_, dz,
                             dcodes);
}

void Session::BackwardEncoder(const Tensor& input, FlatParams& grads) {
  const Backend::Scope scope(*backend_);
  model_->encoder().Backward(*backend_, model_->params(), grads, {last_numbers(), 0}, input,
                             encoder_activations_, code_gradient_, nullptr);
}

void Session::BackwardEncoder(const Tensor& input, const Tensor& dcode, FlatParams& grads) {
  backend_->Round(dcode, input.dtype(), code_gradient_);
  BackwardEncoder(input, grads);
}

void Session::InParts(const Tensor& input, ModelPart trained,
                      const std::function<void(Session& part, int64_t begin, int64_t rows)>& work) {
  parts_.resize(static_cast<size_t>(backend_->max_parts()));
  const auto run = [&](const Backend::Part& part) {
    if (&part.backend == backend_) return work(*this, part.begin, part.rows);
    std::unique_ptr<Session>& session = parts_[static_cast<size_t>(part.index)];
    if (session == nullptr) session = std::make_unique<Session>(*model_, part.backend);
    work(*session, part.begin, part.rows);
  };
  const std::vector<Backend::SharedWeight> weights = DenseWeights(*model_, trained);
  backend_->InParts({input.rows(), input.dtype(), weights}, run);
}

}  // namespace hourglass
