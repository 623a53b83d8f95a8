// Similarity of two images. SSIM is an operation of the backend, because it is also a loss:
// Backend::SsimLoss.
#pragma once

namespace hourglass {

// The peak signal-to-noise ratio for pixels in [0, 1]: 10 log10(1 / mse), in dB; infinite if mse is 0.
double Psnr(double mse);

}  // namespace hourglass
