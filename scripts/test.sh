#!/usr/bin/env bash
# Installs, builds and runs every check. A failed check does not stop the others.
#   formatting   clang-format
#   strict       Clang compiles each file of the library and the program by itself; finds missing includes
#   fuzz         the fuzz targets, 20 seconds each; compiled by Clang
#   asan         all tests under AddressSanitizer and UndefinedBehaviorSanitizer
#   tsan         the tests of code with threads under ThreadSanitizer, compiled by Clang
#   cuda         the module for GPUs: nvcc compiles it, and its test runs without a GPU
#   dev          all tests of the Release build, compiled by GCC
#
# usage: scripts/test.sh [--quick]      --quick: formatting and dev
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

quick=
case "$#:${1:-}" in
  0:) ;;
  1:--quick) quick=1 ;;
  *) printf 'usage: scripts/test.sh [--quick]\n' >&2; exit 2 ;;
esac

"$root/scripts/setup.sh" build test
failed=()
# OpenMP's waiting threads must not spin: on a busy machine they would slow down the working ones.
export OMP_WAIT_POLICY=passive

say "formatting"
find "$root"/{src,app,tests,bench,examples} \( -name '*.h' -o -name '*.cc' -o -name '*.cu' \) -print0 |
  xargs -0 clang-format --dry-run -Werror || failed+=(formatting)

if mnist=$(find_mnist); then
  export HOURGLASS_DATA_DIR=$mnist
  mnist_state="the real MNIST is in $mnist"
else
  mnist_state="MNIST IS MISSING: every test that needs it is skipped (looked in \$HOURGLASS_DATA_DIR, the cache, ../shared/mnist)"
fi

run_tests() {  # <preset> [ctest option...]
  local preset=$1
  shift
  say "tests of build/$preset; $mnist_state"
  ctest --test-dir "$root/build/$preset" --output-on-failure -j "$(nproc)" "$@" || failed+=("tests of build/$preset")
}

build_and_test() {  # <preset> <target> [ctest option...]
  local preset=$1 target=$2
  shift 2
  if (build "$preset" "$target"); then run_tests "$preset" "$@"; else failed+=("build/$preset"); fi
}

if [[ -z $quick ]]; then
  # A user builds the program alone and installs it.
  (build strict hourglass_program && cmake --install "$root/build/strict" --prefix "$root/build/strict/installed" \
    >"$root/build/strict-install.log") || failed+=("build/strict")
  # libomp reports its own synchronisation; its locks look like races.
  TSAN_OPTIONS=ignore_noninstrumented_modules=1 build_and_test tsan hourglass_thread_tests --label-regex threads
  "$root/scripts/fuzz.sh" 20 || failed+=(fuzz)
  "$root/scripts/cuda.sh" || failed+=(cuda)
  if (build asan all); then
    check_leaks_if_possible "$root/build/asan/hourglass" --version
    UBSAN_OPTIONS=print_stacktrace=1 run_tests asan
  else
    failed+=("build/asan")
  fi
fi
build_and_test dev all

((${#failed[@]} == 0)) || die "failed: $(printf '%s; ' "${failed[@]}")"
