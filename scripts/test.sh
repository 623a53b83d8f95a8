#!/usr/bin/env bash
# Installs, builds and runs every test: the formatting of the code, the tests under AddressSanitizer and
# UndefinedBehaviorSanitizer, and the tests of the Release build. A failed part does not stop the others.
#
# usage: scripts/test.sh [--quick]      --quick: without the sanitizers
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
# Waiting threads must not spin: on a busy machine they would slow down the working ones.
export OMP_WAIT_POLICY=passive

say "formatting"
find "$root"/{src,app,tests,bench,examples} \( -name '*.h' -o -name '*.cc' \) -print0 |
  xargs -0 clang-format --dry-run -Werror || failed+=(formatting)

if mnist=$(find_mnist); then
  export HOURGLASS_DATA_DIR=$mnist
  mnist_state="the real MNIST is in $mnist"
else
  mnist_state="MNIST IS MISSING: every test that needs it is skipped (looked in \$HOURGLASS_DATA_DIR, the cache, ../shared/mnist)"
fi

run_tests() {
  say "tests of build/$1; $mnist_state"
  ctest --test-dir "$root/build/$1" --output-on-failure -j "$(nproc)" || failed+=("tests of build/$1")
}

if [[ -z $quick ]] && ! (build asan all); then
  failed+=("build/asan")
elif [[ -z $quick ]]; then
  # Under a debugger and in some containers LeakSanitizer cannot attach to its process, and ends every program.
  probe=$("$root/build/asan/hourglass" --version 2>&1 || true)
  if [[ $probe == *'LeakSanitizer has encountered a fatal error'* ]]; then
    say "LEAKS ARE NOT CHECKED: LeakSanitizer cannot work in this container"
    export ASAN_OPTIONS=detect_leaks=0
  fi
  UBSAN_OPTIONS=print_stacktrace=1 run_tests asan
fi
if (build dev all); then run_tests dev; else failed+=("build/dev"); fi

((${#failed[@]} == 0)) || die "failed: $(printf '%s; ' "${failed[@]}")"
