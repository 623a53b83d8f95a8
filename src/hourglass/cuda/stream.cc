#include "hourglass/cuda/stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "hourglass/core/error.h"

namespace hourglass::cuda {
namespace {

constexpr size_t kStepsKept = 32;  // of training, of the last batch of an epoch, of held-out images, …
constexpr size_t kInputAlignment = 16, kInputsAtOnce = size_t{1} << 20;

size_t RoundUp(size_t bytes, size_t step) {
  return (bytes + step - 1) / step * step;
}

}  // namespace

Stream::~Stream() {
  try {
    Wait();
  } catch (const Error&) {
    // Failures of earlier work have been reported where the host waited for it, or nobody needs it. A Bug
    // that the emulation finds ends the program.
  }
  memory_.ClearAll([this](void* memory) { native_.Free(memory); });
  for (const Inputs& inputs : inputs_) native_.Free(inputs.on_device);
}

void* Stream::Allocate(size_t bytes) {
  const size_t size = std::max<size_t>(RoundUp(bytes, NativeStream::kBlockStep), NativeStream::kBlockStep);
  void* memory = memory_.Take(size);
  if (memory == nullptr) memory = AllocateBlock(size);
  if constexpr (NativeStream::kChecksMemory)
    Enqueue([=](NativeStream& native) { native.BeginUse(memory, bytes); });
  return memory;
}

// If there is no room, gives back what is unused, and tries again.
void* Stream::AllocateBlock(size_t bytes) {
  void* memory = native_.TryToAllocate(bytes);
  if (memory == nullptr) {
    CopyInputs();  // they stay where they are: an operation may hold one that it has not used yet
    work_.Run(native_);
    work_.Clear();
    native_.Wait();
    memory_.Clear([this](void* unused) { native_.Free(unused); });
    memory = native_.Allocate(bytes);
  }
  memory_.Add(memory, bytes);
  return memory;
}

void Stream::Free(void* memory) noexcept {
  if (memory == nullptr) return;
  if constexpr (NativeStream::kChecksMemory) Enqueue([=](NativeStream& native) { native.EndUse(memory); });
  memory_.Return(memory);
}

Stream::Inputs& Stream::InputsFor(size_t bytes) {
  for (Inputs& inputs : inputs_) {
    if (inputs.values.size() + bytes <= inputs.capacity) return inputs;
  }
  const size_t capacity = std::max(bytes, kInputsAtOnce);
  return inputs_.emplace_back(Inputs{static_cast<std::byte*>(native_.Allocate(capacity)), capacity, {}});
}

const void* Stream::StepInput(const void* values, size_t bytes) {
  const size_t rounded = RoundUp(bytes, kInputAlignment);
  Inputs& inputs = InputsFor(rounded);
  const size_t at = inputs.values.size();
  inputs.values.resize(at + rounded);
  if (bytes > 0) std::memcpy(inputs.values.data() + at, values, bytes);
  return inputs.on_device + at;
}

void Stream::CopyInputs() {
  for (const Inputs& inputs : inputs_) {
    if (!inputs.values.empty())
      native_.CopyFromHost(inputs.on_device, inputs.values.data(), inputs.values.size());
  }
}

void Stream::SendInputs() {
  CopyInputs();
  for (Inputs& inputs : inputs_) inputs.values.clear();
}

void Stream::Send() {
  SendInputs();
  work_.Run(native_);
  work_.Clear();
}

void Stream::EndStep() {
  if (work_.count() == 0) return;
  SendInputs();
  RunStep();
  work_.Clear();
}

// A step runs call by call at first, is recorded when it comes again, and then runs as recorded.
void Stream::RunStep() {
  const auto found = std::ranges::find(steps_, work_, &Step::work);
  if (found == steps_.end()) {
    work_.Run(native_);
    steps_.push_front({std::move(work_), std::nullopt});
    if (steps_.size() > kStepsKept) steps_.pop_back();
    return;
  }
  if (!found->recorded) found->recorded.emplace(native_.Record(found->work));
  native_.Play(*found->recorded);
  ++replays_;
  steps_.splice(steps_.begin(), steps_, found);
}

void Stream::CopyFromHost(void* to, const void* from, size_t bytes) {
  Send();
  native_.CopyFromHost(to, from, bytes);
}

void Stream::CopyToHost(void* to, const void* from, size_t bytes) {
  Send();
  native_.CopyToHost(to, from, bytes);
}

void Stream::CopyOnDevice(void* to, const void* from, size_t bytes) {
  Enqueue([=](NativeStream& native) { native.CopyOnDevice(to, from, bytes); });
}

void Stream::Wait() {
  Send();
  native_.Wait();
}

}  // namespace hourglass::cuda
