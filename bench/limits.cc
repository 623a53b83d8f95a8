// Prints what this machine can do at best, as JSON: the rates of its multiply-add instructions in f32, bf16
// and u8, and the bandwidth of each level of memory, on all threads at once. No program can be faster, so the
// tables give times as shares of these limits.
//
// usage: hourglass_limits [threads]      (0 or nothing: OMP_NUM_THREADS, else all cores)
#include <omp.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>

#include "hourglass/backend/cpu/product_panel.h"
#endif

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr double kSecondsPerSpell = 0.05;
constexpr int kSpells = 10;

// The most units per second that all threads together reach in the best of several spells. `work(repeats)`
// runs on each thread and returns the units of work that it has done.
template <class Work>
double BestRate(const Work& work) {
  int64_t repeats = 1;
  double best = 0;
  for (int spell = 0; spell < kSpells;) {
    double units = 0;
    const auto start = Clock::now();
#pragma omp parallel reduction(+ : units)
    units += work(repeats);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (seconds < kSecondsPerSpell) {
      repeats *= 2;
      continue;
    }
    best = std::max(best, units / seconds);
    ++spell;
  }
  return best;
}

#if defined(__x86_64__)

constexpr int kSums =
    12;  // independent sums: more than the latency of an instruction times the number of its ports
constexpr int kSteps = 1000;  // per repeat

// Defines NAME(repeats): kSums chains of `instruction`, sum += x · y. All operands are 0, so no number
// overflows or becomes denormal.
#define HOURGLASS_CHAINS(NAME, FEATURES, VECTOR, INSTRUCTION, OPERATIONS)                                 \
  __attribute__((target(FEATURES))) double NAME(int64_t repeats) {                                        \
    VECTOR sums[kSums] = {}, x = {}, y = {};                                                              \
    for (int64_t step = 0; step < repeats * kSteps; ++step) {                                             \
      asm volatile(                                                                                       \
          INSTRUCTION                                                                                     \
          " %[y], %[x], %0\n" INSTRUCTION " %[y], %[x], %1\n" INSTRUCTION " %[y], %[x], %2\n" INSTRUCTION \
          " %[y], %[x], %3\n" INSTRUCTION " %[y], %[x], %4\n" INSTRUCTION " %[y], %[x], %5\n" INSTRUCTION \
          " %[y], %[x], %6\n" INSTRUCTION " %[y], %[x], %7\n" INSTRUCTION " %[y], %[x], %8\n" INSTRUCTION \
          " %[y], %[x], %9\n" INSTRUCTION " %[y], %[x], %10\n" INSTRUCTION " %[y], %[x], %11\n"           \
          : "+v"(sums[0]), "+v"(sums[1]), "+v"(sums[2]), "+v"(sums[3]), "+v"(sums[4]), "+v"(sums[5]),     \
            "+v"(sums[6]), "+v"(sums[7]), "+v"(sums[8]), "+v"(sums[9]), "+v"(sums[10]), "+v"(sums[11])    \
          : [x] "v"(x), [y] "v"(y));                                                                      \
    }                                                                                                     \
    return double(OPERATIONS) * kSums * kSteps * static_cast<double>(repeats);                            \
  }

HOURGLASS_CHAINS(FmaAvx2, "avx2,fma", __m256, "vfmadd231ps", 2 * 8)
HOURGLASS_CHAINS(FmaAvx512, "avx512f", __m512, "vfmadd231ps", 2 * 16)
HOURGLASS_CHAINS(DotBf16, "avx512f,avx512bf16", __m512, "vdpbf16ps", 2 * 32)
HOURGLASS_CHAINS(DotU8, "avx512f,avx512vnni", __m512i, "vpdpbusd", 2 * 64)

// What LDTILECFG reads: eight tiles of 16 rows of 64 bytes.
struct alignas(64) TileShapes {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// Products of AMX tiles that stay in their registers.
__attribute__((target("amx-tile,amx-bf16"))) double TilesBf16(int64_t repeats) {
  const TileShapes shapes;
  asm volatile("ldtilecfg %0" : : "m"(shapes));
  for (int64_t step = 0; step < repeats * kSteps; ++step) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
  return 2.0 * 16 * 16 * 32 * 4 * kSteps * static_cast<double>(repeats);
}

Json InstructionRates() {
  struct Row {
    const char *type, *instructions;
    bool supported;
    double (*work)(int64_t repeats);
  };
  const Row rows[] = {
      {"f32", "AVX2", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"), FmaAvx2},
      {"f32", "AVX-512", __builtin_cpu_supports("avx512f") != 0, FmaAvx512},
      {"bf16", "AVX512-BF16", __builtin_cpu_supports("avx512bf16") != 0, DotBf16},
      {"bf16", "AMX", hourglass::cpu::HasAmx(), TilesBf16},
      {"u8", "AVX512-VNNI", __builtin_cpu_supports("avx512vnni") != 0, DotU8},
  };
  Json rates = Json::array();
  for (const Row& row : rows) {
    if (!row.supported) continue;
    rates.push_back(
        {{"type", row.type}, {"instructions", row.instructions}, {"gflops", BestRate(row.work) / 1e9}});
  }
  return rates;
}

#define HOURGLASS_READ(NAME, FEATURES, VECTOR, LOAD, OR)                         \
  __attribute__((target(FEATURES))) void NAME(const char* from, int64_t bytes) { \
    VECTOR a = {}, b = {}, c = {}, d = {};                                       \
    constexpr int64_t kStep = sizeof(VECTOR);                                    \
    for (int64_t i = 0; i < bytes; i += 4 * kStep) {                             \
      a = OR(a, LOAD(reinterpret_cast<const VECTOR*>(from + i)));                \
      b = OR(b, LOAD(reinterpret_cast<const VECTOR*>(from + i + kStep)));        \
      c = OR(c, LOAD(reinterpret_cast<const VECTOR*>(from + i + 2 * kStep)));    \
      d = OR(d, LOAD(reinterpret_cast<const VECTOR*>(from + i + 3 * kStep)));    \
    }                                                                            \
    asm volatile("" : : "v"(a), "v"(b), "v"(c), "v"(d));                         \
  }

HOURGLASS_READ(ReadAvx2, "avx2", __m256i, _mm256_load_si256, _mm256_or_si256)
HOURGLASS_READ(ReadAvx512, "avx512f", __m512i, _mm512_load_si512, _mm512_or_si512)

void Read(const char* from, int64_t bytes) {
  static const bool wide = __builtin_cpu_supports("avx512f") != 0;
  return wide ? ReadAvx512(from, bytes) : ReadAvx2(from, bytes);
}

#else

Json InstructionRates() {
  return Json::array();
}

void Read(const char* from, int64_t bytes) {
  uint64_t all = 0;
  for (int64_t i = 0; i < bytes; i += 8) all |= *reinterpret_cast<const uint64_t*>(from + i);
  asm volatile("" : : "r"(all));
}

#endif

struct alignas(64) Line {
  char bytes[64] = {};
};

// Each thread reads its own buffer: half as large as its share of the level, or larger than all caches.
Json Bandwidths() {
  const auto threads = static_cast<long>(omp_get_max_threads());
  const long last_level = ::sysconf(_SC_LEVEL3_CACHE_SIZE);
  const struct {
    const char* level;
    long bytes;  // of one thread
  } levels[] = {{"L1", ::sysconf(_SC_LEVEL1_DCACHE_SIZE) / 2},
                {"L2", ::sysconf(_SC_LEVEL2_CACHE_SIZE) / 2},
                {"L3", last_level / threads / 2},
                {"memory", std::max(256L << 20, 2 * last_level)}};
  Json rates = Json::array();
  for (const auto& [level, bytes] : levels) {
    if (bytes <= 0) continue;
    const long lines = bytes / 256 * 4, whole = lines * 64;
    std::vector<std::vector<Line>> buffers(static_cast<size_t>(threads));
#pragma omp parallel
    buffers[static_cast<size_t>(omp_get_thread_num())].resize(static_cast<size_t>(lines));
    const double rate = BestRate([&](int64_t repeats) {
      const char* from = buffers[static_cast<size_t>(omp_get_thread_num())].front().bytes;
      for (int64_t repeat = 0; repeat < repeats; ++repeat) Read(from, whole);
      return static_cast<double>(repeats) * static_cast<double>(whole);
    });
    rates.push_back({{"level", level}, {"bytes_per_thread", whole}, {"gb_per_second", rate / 1e9}});
  }
  return rates;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 0;
  if (threads > 0) omp_set_num_threads(threads);
  const Json result = {
      {"threads", omp_get_max_threads()}, {"instructions", InstructionRates()}, {"reads", Bandwidths()}};
  std::cout << result.dump() << "\n";
}
