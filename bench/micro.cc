// Times the rows of the operation table (tests/support/operation_cases.cc) at the sizes that training uses,
// and prints the arithmetic rate and the bandwidth of each. Compare them with hourglass_limits.
#include <benchmark/benchmark.h>

#include "support/operation_cases.h"

#include "hourglass/backend/make_backend.h"

namespace hourglass::test {
namespace {

void Time(benchmark::State& state, const OperationCase& c) {
  const auto backend = MakeBackend();
  const auto operation = c.prepare(backend->device());
  operation->Poison();
  operation->Run(*backend);  // brings the tensors into the layout that the backend wants
  for (auto _ : state) operation->Run(*backend);
  state.counters["flop/s"] = benchmark::Counter(c.flops, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["B/s"] = benchmark::Counter(c.bytes, benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace
}  // namespace hourglass::test

int main(int argc, char** argv) {
  for (const auto& c : hourglass::test::OperationCases()) {
    if (!c.benchmark) continue;
    benchmark::RegisterBenchmark((c.operation + "/" + c.label).c_str(),
                                 [c](benchmark::State& state) { hourglass::test::Time(state, c); })
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
