// What this machine's processor can do at best, as JSON: the rate of large matrix products (oneDNN,
// row-major, f32 and bf16) and of memory (a triad). The share that training reaches is taken of these. usage:
// hourglass_matmul_rate [threads]      (0 or nothing: OMP_NUM_THREADS, else all cores)
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

namespace {

using Json = nlohmann::ordered_json;
using dnnl::memory;

constexpr double kSecondsPerCase = 0.6;

// The shortest time of `work` in seconds: one call to warm up, then calls for kSecondsPerCase, three at
// least.
template <class Work>
double BestSeconds(const Work& work) {
  using Clock = std::chrono::steady_clock;
  work();
  double best = std::numeric_limits<double>::infinity(), total = 0;
  for (int calls = 0; calls < 3 || total < kSecondsPerCase; ++calls) {
    const auto begin = Clock::now();
    work();
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    best = std::min(best, seconds);
    total += seconds;
  }
  return best;
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

// GFLOP/s of an [n, n] × [n, n] product with operands of `type` and an f32 result; null where the processor
// cannot.
Json ProductRate(int64_t n, memory::data_type type) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  try {
    memory a = SquareMatrix(n, type, engine, stream), b = SquareMatrix(n, type, engine, stream);
    memory c = SquareMatrix(n, memory::data_type::f32, engine, stream);
    const dnnl::matmul::desc desc(a.get_desc(), b.get_desc(), c.get_desc());
    dnnl::matmul product({desc, engine});
    const double seconds = BestSeconds([&] {
      product.execute(stream, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
      stream.wait();
    });
    return 2.0 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n) / seconds / 1e9;
  } catch (const dnnl::error& error) {
    if (error.status != dnnl_unimplemented) throw;
    return nullptr;
  }
}

// GB/s of a[i] = b[i] + s·c[i] over arrays larger than any cache: 12 bytes an element.
double TriadRate() {
  constexpr int64_t kElements = int64_t{1} << 25;
  std::vector<float> a(kElements, 0.0f), b(kElements, 1.0f), c(kElements, 2.0f);
  const double seconds = BestSeconds([&] {
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < kElements; ++i) a[i] = b[i] + 0.5f * c[i];
  });
  return 12.0 * static_cast<double>(kElements) / seconds / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 0;
  if (threads > 0) omp_set_num_threads(threads);
  const dnnl_version_t* version = dnnl_version();
  Json result = {{"threads", omp_get_max_threads()},
                 {"onednn", std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
                                std::to_string(version->patch)}};
  for (const auto& [name, type] :
       {std::pair{"f32", memory::data_type::f32}, {"bf16", memory::data_type::bf16}}) {
    Json sizes, best = nullptr;
    for (const int64_t n : {1024, 2048}) {
      const Json rate = ProductRate(n, type);
      sizes[std::to_string(n)] = rate;
      if (rate.is_number() && (best.is_null() || rate > best)) best = rate;
    }
    result[std::string(name) + "_gflops"] = best;
    result[std::string(name) + "_gflops_by_size"] = sizes;
  }
  result["triad_gb_per_second"] = TriadRate();
  std::cout << result.dump() << "\n";
}
