// One table of operation cases: it drives the correctness tests, and the micro-benchmarks time the same work.
// Add rows here for a new operation of backend.h; the test fails for an operation without a row.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hourglass/backend/backend.h"

namespace hourglass::test {

// An operation with its inputs prepared. Run() may be called repeatedly. Error() compares the outputs of one
// Run() with reference.h, computed in double on the same stored inputs.
class PreparedOperation {
 public:
  virtual ~PreparedOperation() = default;
  // Poisons the outputs: NaN if the operation writes, 9 if it adds.
  virtual void Poison() = 0;
  virtual void Run(Backend& backend) = 0;
  // The largest error of an output, relative to that output's largest element.
  virtual double Error() = 0;
};

struct OperationCase {
  std::string operation;  // the name in backend.h
  std::string label;      // letters and digits: the name of a test and a benchmark
  double tolerance;       // bound for PreparedOperation::Error(); a tested backend may multiply it
  double flops, bytes;    // work of one Run(): arithmetic, and memory touched once
  bool benchmark;         // true if the micro-benchmarks time it
  std::function<std::unique_ptr<PreparedOperation>(Device&)> prepare;  // on the backend's device
};

std::vector<OperationCase> OperationCases();

}  // namespace hourglass::test
