// Prints the peak rates of this machine as JSON: large matrix products (oneDNN, row-major, f32 and bf16) and
// memory (a triad). The shares in the tables are relative to these rates. Products have two rates: that of
// the best single call (about 5 ms without disturbance), and that sustained for about an epoch.
//
// usage: hourglass_matmul_rate [threads]      (0 or nothing: OMP_NUM_THREADS, else all cores)
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>
#include <vector>

namespace {

using Json = nlohmann::ordered_json;
using dnnl::memory;

constexpr int kSpells = 3;
constexpr double kSecondsPerSpell = 0.5;  // about an epoch of mlp4

// Seconds per call.
struct Timing {
  double best_call = std::numeric_limits<double>::infinity();
  double sustained = std::numeric_limits<double>::infinity();  // the mean of the fastest spell
};

// Times `work`: one call to warm up, then kSpells spells of calls, each of at least kSecondsPerSpell and
// three calls.
template <class Work>
Timing Time(const Work& work) {
  using Clock = std::chrono::steady_clock;
  work();
  Timing timing;
  for (int spell = 0; spell < kSpells; ++spell) {
    double total = 0;
    int calls = 0;
    for (; calls < 3 || total < kSecondsPerSpell; ++calls) {
      const auto begin = Clock::now();
      work();
      const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
      timing.best_call = std::min(timing.best_call, seconds);
      total += seconds;
    }
    timing.sustained = std::min(timing.sustained, total / calls);
  }
  return timing;
}

// Row-major [n, n], filled with 1/n: the sums stay in range and no number is denormal.
memory SquareMatrix(int64_t n, memory::data_type type, const dnnl::engine& engine, dnnl::stream& stream) {
  const auto desc = [&](memory::data_type t) { return memory::desc({n, n}, t, memory::format_tag::ab); };
  memory filled(desc(memory::data_type::f32), engine), matrix(desc(type), engine);
  std::fill_n(static_cast<float*>(filled.get_data_handle()), n * n, 1.0f / static_cast<float>(n));
  dnnl::reorder(filled, matrix).execute(stream, filled, matrix);
  stream.wait();
  return matrix;
}

// Times an [n, n] × [n, n] product with operands of `type` and an f32 result. Nothing if the processor does
// not support `type`.
std::optional<Timing> TimeProduct(int64_t n, memory::data_type type) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  try {
    memory a = SquareMatrix(n, type, engine, stream), b = SquareMatrix(n, type, engine, stream);
    memory c = SquareMatrix(n, memory::data_type::f32, engine, stream);
    const dnnl::matmul::desc desc(a.get_desc(), b.get_desc(), c.get_desc());
    dnnl::matmul product({desc, engine});
    return Time([&] {
      product.execute(stream, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
      stream.wait();
    });
  } catch (const dnnl::error& error) {
    if (error.status != dnnl_unimplemented) throw;
    return std::nullopt;
  }
}

// GFLOP/s of large products with operands of `type`, the best of two sizes. Null if the processor does not
// support `type`.
Json ProductRates(memory::data_type type) {
  double best_call = 0, sustained = 0;
  for (const int64_t n : {1024, 2048}) {
    const std::optional<Timing> timing = TimeProduct(n, type);
    if (!timing) return nullptr;
    const double gflop = 2e-9 * static_cast<double>(n * n * n);
    best_call = std::max(best_call, gflop / timing->best_call);
    sustained = std::max(sustained, gflop / timing->sustained);
  }
  return {{"best_call", best_call}, {"sustained", sustained}};
}

// GB/s of a[i] = b[i] + s·c[i] over arrays larger than any cache: 12 bytes per element.
double TriadRate() {
  constexpr int64_t kElements = int64_t{1} << 25;
  std::vector<float> a(kElements, 0.0f), b(kElements, 1.0f), c(kElements, 2.0f);
  const Timing timing = Time([&] {
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < kElements; ++i) a[i] = b[i] + 0.5f * c[i];
  });
  return 12.0 * static_cast<double>(kElements) / timing.best_call / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 0;
  if (threads > 0) omp_set_num_threads(threads);
  const dnnl_version_t* version = dnnl_version();
  Json result = {{"threads", omp_get_max_threads()},
                 {"onednn", std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
                                std::to_string(version->patch)}};
  result["f32_gflops"] = ProductRates(memory::data_type::f32);
  result["bf16_gflops"] = ProductRates(memory::data_type::bf16);
  result["triad_gb_per_second"] = TriadRate();
  std::cout << result.dump() << "\n";
}
