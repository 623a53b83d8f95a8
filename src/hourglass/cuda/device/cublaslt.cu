#include "hourglass/cuda/device/cublaslt.h"

#include <utility>

#include "hourglass/core/check.h"
#include "hourglass/cuda/device/check_cublaslt.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {
namespace {

cublasLtHandle_t NewHandle() {
  cublasLtHandle_t handle = nullptr;
  Check(cublasLtCreate(&handle), "cannot use cuBLASLt");
  return handle;
}

}  // namespace

CublasLt::CublasLt(NativeStream& stream)
    : stream_(stream), handle_(NewHandle()), workspace_(stream.Allocate(kWorkspaceBytes)) {}

CublasLt::~CublasLt() {
  stream_.Free(workspace_);
}

CublasLt::Plan CublasLt::MakePlan(const MatmulKind& kind, const float* bias) {
  Plan plan = {MatmulDescriptors(kind), {}};
  const MatmulDescriptors& of = plan.descriptors;
  if (bias != nullptr) plan.descriptors.SetBias(bias);
  cublasLtMatmulHeuristicResult_t choice = {};
  int found = 0;
  cublasStatus_t result = cublasLtMatmulAlgoGetHeuristic(handle_.get(), of.operation(), of.a(), of.b(),
                                                         of.c(), of.c(), of.preference(), 1, &choice, &found);
  if (result == CUBLAS_STATUS_SUCCESS) result = found == 0 ? CUBLAS_STATUS_NOT_SUPPORTED : choice.state;
  Check(result, ("cuBLASLt has no algorithm for a product " + Describe(kind)).c_str());
  plan.algorithm = choice.algo;
  return plan;
}

CublasLt::Plan& CublasLt::PlanFor(const Matmul& product) {
  const MatmulKind kind(product);
  const auto known = plans_.find(kind);
  if (known != plans_.end()) return known->second;
  return plans_.emplace(kind, MakePlan(kind, product.bias)).first->second;
}

void CublasLt::Multiply(const Matmul& product) {
  HOURGLASS_CHECK(product.bias == nullptr || AlignmentOf(product.bias) >= kBiasAlignment);
  stream_.MakeDeviceCurrent();
  Plan& plan = PlanFor(product);
  const MatmulDescriptors& of = plan.descriptors;
  if (product.bias != nullptr) plan.descriptors.SetBias(product.bias);
  const float alpha = 1, beta = product.add ? 1 : 0;
  Check(cublasLtMatmul(handle_.get(), of.operation(), &alpha, product.a, of.a(), product.b, of.b(), &beta,
                       product.c, of.c(), product.c, of.c(), &plan.algorithm, workspace_, kWorkspaceBytes,
                       stream_.get()),
        "cuBLASLt cannot start a product");
}

namespace {

void Multiply(Stream& stream, const Matmul& product) {
  stream.Enqueue([product](NativeStream& native) { native.cublaslt().Multiply(product); });
}

// With its bias at an address that suits every algorithm. Those in a model's parameters lie anywhere.
void MultiplyWithCopiedBias(Launcher& launcher, Matmul product) {
  Stream& stream = launcher.stream();
  Buffer<float> bias(stream, product.m);
  stream.CopyOnDevice(bias.data(), product.bias, static_cast<size_t>(product.m) * sizeof(float));
  product.bias = bias.data();
  Multiply(stream, product);
}

}  // namespace

void Execute(Launcher& launcher, const Matmul& product) {
  if (product.bias != nullptr && AlignmentOf(product.bias) < kBiasAlignment)
    return MultiplyWithCopiedBias(launcher, product);
  Multiply(launcher.stream(), product);
}

}  // namespace hourglass::cuda
