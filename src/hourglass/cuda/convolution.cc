#include "hourglass/cuda/convolution.h"

#include "hourglass/backend/cpu/with_compute_type.h"
#include "hourglass/cuda/activation.h"
#include "hourglass/cuda/row_sums.h"
#include "hourglass/cuda/slope.h"

namespace hourglass::cuda {
namespace {

// Images [N, channels, height, width].
struct ConvMaps {
  int64_t channels, height, width;

  explicit ConvMaps(const Tensor& images)
      : channels(images.shape()[1]), height(images.shape()[2]), width(images.shape()[3]) {}

  // Element `row`, `column` of a channel; 0 outside of the image.
  template <class T>
  __host__ __device__ float At(const T* images, int64_t image, int64_t channel, int64_t row,
                               int64_t column) const {
    if (row < 0 || row >= height || column < 0 || column >= width) return 0;
    return Load(images + ((image * channels + channel) * height + row) * width + column);
  }
};

// A convolution of `big` images to `small` ones, with weights [channels of small, channels of big, kernel,
// kernel]. A transposed convolution is the same from small to big: see ConvForward in backend.h for small,
// and ConvTransposeForward for big.
struct Convolution {
  ConvMaps big, small;
  int64_t kernel, stride, padding;

  Convolution(const Tensor& big_images, const Tensor& small_images, const ConvGeometry& geometry)
      : big(big_images),
        small(small_images),
        kernel(geometry.kernel),
        stride(geometry.stride),
        padding(geometry.padding) {}

  __host__ __device__ int64_t Weight(int64_t of_small, int64_t of_big, int64_t i, int64_t j) const {
    return ((of_small * big.channels + of_big) * kernel + i) * kernel + j;
  }
};

// Elements of small images from big ones.
template <class T>
struct ConvDown {
  Convolution conv;
  const T* images;
  const float* weights;

  const ConvMaps& maps() const { return conv.small; }
  __host__ __device__ float operator()(int64_t image, int64_t channel, int64_t row, int64_t column) const {
    const int64_t top = row * conv.stride - conv.padding, left = column * conv.stride - conv.padding;
    float sum = 0;
    for (int64_t c = 0; c < conv.big.channels; ++c) {
      for (int64_t i = 0; i < conv.kernel; ++i) {
        for (int64_t j = 0; j < conv.kernel; ++j) {
          sum += weights[conv.Weight(channel, c, i, j)] * conv.big.At(images, image, c, top + i, left + j);
        }
      }
    }
    return sum;
  }
};

// Elements of big images from small ones. Element h of small reaches row h · stride - padding + i with weight
// i; this visits the pairs of h and i for which that is `row`, from the largest h on.
template <class T>
struct ConvUp {
  Convolution conv;
  const T* images;
  const float* weights;

  const ConvMaps& maps() const { return conv.big; }
  __host__ __device__ float operator()(int64_t image, int64_t channel, int64_t row, int64_t column) const {
    const int64_t stride = conv.stride, down = row + conv.padding, right = column + conv.padding;
    float sum = 0;
    for (int64_t c = 0; c < conv.small.channels; ++c) {
      for (int64_t i = down % stride, h = down / stride; i < conv.kernel; i += stride, --h) {
        for (int64_t j = right % stride, v = right / stride; j < conv.kernel; j += stride, --v)
          sum += weights[conv.Weight(c, channel, i, j)] * conv.small.At(images, image, c, h, v);
      }
    }
    return sum;
  }
};

// y = activation(gathered elements + bias); `bias` may be null.
template <class Gather, class T>
void GatherConvMaps(Launcher& launcher, const Gather& gather, const float* bias, Activation activation,
                    int64_t count, T* y) {
  const ConvMaps maps = gather.maps();
  launcher.Loop(count, [=] __device__(int64_t i) {
    const int64_t column = i % maps.width, row = i / maps.width % maps.height;
    const int64_t plane = i / (maps.width * maps.height), channel = plane % maps.channels;
    const float sum = gather(plane / maps.channels, channel, row, column);
    Store(Activate(activation, bias == nullptr ? sum : sum + bias[channel]), y + i);
  });
}

// y from x by ConvDown or ConvUp. The type of y may be another than that of x; weights stay f32.
template <template <class> class Gather>
void Convolve(Launcher& launcher, const Convolution& conv, const Tensor& x, const Tensor& w,
              const float* bias, Activation activation, Tensor& y) {
  cpu::WithComputeType(x.dtype(), [&]<class T>() {
    cpu::WithComputeType(y.dtype(), [&]<class Y>() {
      GatherConvMaps(launcher, Gather<T>{conv, Elements<T>(x), Elements<float>(w)}, bias, activation,
                     y.size(), Elements<Y>(y));
    });
  });
}

// dw = for each weight, the sum of the products that it has a part in, by images and rows of small.
template <class T>
void SumWeightGradients(Launcher& launcher, const Convolution& conv, int64_t images, const T* big,
                        const T* small, int64_t weights, float* dw) {
  const auto products = [=] __device__(int64_t image_row, int64_t weight) {
    const int64_t image = image_row / conv.small.height, row = image_row % conv.small.height;
    const int64_t j = weight % conv.kernel, i = weight / conv.kernel % conv.kernel;
    const int64_t channels = weight / (conv.kernel * conv.kernel);
    const int64_t of_big = channels % conv.big.channels, of_small = channels / conv.big.channels;
    float sum = 0;
    for (int64_t column = 0; column < conv.small.width; ++column) {
      sum += conv.small.At(small, image, of_small, row, column) *
             conv.big.At(big, image, of_big, row * conv.stride - conv.padding + i,
                         column * conv.stride - conv.padding + j);
    }
    return sum;
  };
  SumRows(launcher, images * conv.small.height, weights, products, dw);
}

void WeightGradients(Launcher& launcher, const Convolution& conv, const Tensor& big, const Tensor& small,
                     Tensor& dw) {
  cpu::WithComputeType(big.dtype(), [&]<class T>() {
    SumWeightGradients(launcher, conv, big.rows(), Elements<T>(big), Elements<T>(small), dw.size(),
                       Elements<float>(dw));
  });
}

}  // namespace

void ConvForward(Launcher& launcher, const Tensor& x, const Tensor& w, const Tensor& b,
                 const ConvGeometry& geometry, Activation activation, Tensor& y) {
  Convolve<ConvDown>(launcher, {x, y, geometry}, x, w, Elements<float>(b), activation, y);
}

void ConvBackward(Launcher& launcher, const Tensor& x, const Tensor& w, const Tensor& y,
                  const ConvGeometry& geometry, Activation activation, Tensor& dy, Tensor& dw, Tensor& db,
                  Tensor* dx) {
  const Convolution conv(x, y, geometry);
  MultiplyBySlope(launcher, activation, y, dy, db);
  WeightGradients(launcher, conv, x, dy, dw);
  if (dx != nullptr) Convolve<ConvUp>(launcher, conv, dy, w, nullptr, Activation::kNone, *dx);
}

void ConvTransposeForward(Launcher& launcher, const Tensor& x, const Tensor& w, const Tensor& b,
                          const ConvGeometry& geometry, Activation activation, Tensor& y) {
  Convolve<ConvUp>(launcher, {y, x, geometry}, x, w, Elements<float>(b), activation, y);
}

void ConvTransposeBackward(Launcher& launcher, const Tensor& x, const Tensor& w, const Tensor& y,
                           const ConvGeometry& geometry, Activation activation, Tensor& dy, Tensor& dw,
                           Tensor& db, Tensor* dx) {
  const Convolution conv(y, x, geometry);
  MultiplyBySlope(launcher, activation, y, dy, db);
  WeightGradients(launcher, conv, dy, x, dw);
  if (dx != nullptr) Convolve<ConvDown>(launcher, conv, dy, w, nullptr, Activation::kNone, *dx);
}

}  // namespace hourglass::cuda
