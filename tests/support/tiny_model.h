// Small models for data of test::TinyImages.
#pragma once

#include <algorithm>
#include <memory>

#include "hourglass/model/session.h"

namespace hourglass::test {

// A model with its session; functions that take a Session& accept it.
struct TestModel {
  TestModel(Architecture architecture, Backend& backend, uint64_t seed)
      : model(std::make_unique<Model>(std::move(architecture), seed)),
        session(std::make_unique<Session>(*model, backend)) {}

  operator Session&() const { return *session; }
  Model* operator->() const { return model.get(); }
  Model& operator*() const { return *model; }

  std::unique_ptr<Model> model;
  std::unique_ptr<Session> session;
};

// mlp4 for images of 4x4.
inline TestModel TinyModel(Backend& backend, int64_t code_size = 3, uint64_t seed = 1) {
  return {MakeArchitecture("mlp4", {1, 4, 4}, code_size), backend, seed};
}

// Sets every element of the parameter `name`.
inline void SetParam(Model& model, std::string_view name, float value) {
  for (const NamedParam& param : model.layout().named()) {
    if (param.name != name) continue;
    Tensor values = ParamView(model.params().flat(), param);
    std::ranges::fill(values.span<float>(), value);
  }
}

}  // namespace hourglass::test
