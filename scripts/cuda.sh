#!/usr/bin/env bash
# Checks the module for GPUs, as far as that needs no GPU: builds it with warnings as errors for GPUs of the kinds sm_80
# (A100) and sm_90 (H100), holds the resources that each kernel takes against limits, and runs the module's test.
#
# usage: scripts/cuda.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

(($# == 0)) || { printf 'usage: scripts/cuda.sh\n' >&2; exit 2; }

# A kernel runs with 256 threads in a block: with more registers, fewer than two blocks fit into a multiprocessor. More
# static shared memory is not allowed.
most_registers=128 most_shared=$((48 << 10))

"$root/scripts/setup.sh" build test
"$root/scripts/setup.sh" cuda || {
  say "NO KERNEL IS COMPILED FOR GPUS: there is no nvcc, and it could not be installed (see above)"
  exit 0
}

# Reads the messages of ptxas. Prints a line for each kernel and kind of GPU: registers, bytes of shared memory, bytes
# spilled from registers, kind, mangled name.
resources() {
  awk -v quote="'" '
    function number_before(unit) { return match($0, "[0-9]+ " unit) ? substr($0, RSTART) + 0 : 0 }
    /Compiling entry function/ { split($0, parts, quote); kernel = parts[4] " " parts[2]; spilled = 0 }
    /bytes spill stores/ { spilled += number_before("bytes spill stores") }
    /Used [0-9]+ registers/ { print number_before("registers"), number_before("bytes smem"), spilled, kernel }
  '
}

# ptxas only speaks of what it compiles now.
rm -rf "$root/build/cuda-check/src/hourglass/cuda/CMakeFiles/hourglass_cuda.dir"
build cuda-check cuda_module_test

kernels=$(resources <"$root/build/cuda-check.log" | sort -rn)
[[ -n $kernels ]] || die "ptxas reports no kernel in build/cuda-check.log"
say "$(wc -l <<<"$kernels") kernels; those with most registers, with bytes of shared memory and of spilled registers:"
head -n 3 <<<"$kernels" | c++filt -p >&2
too_much=$(awk -v registers=$most_registers -v shared=$most_shared '$1 > registers || $2 > shared || $3 > 0' <<<"$kernels")
[[ -z $too_much ]] || {
  c++filt -p <<<"$too_much" >&2
  die "kernels take more than $most_registers registers or $most_shared bytes of shared memory, or spill registers"
}

say "test of the module"
"$root/build/cuda-check/tests/cuda/module/cuda_module_test" --gtest_brief=1 >&2
say "took $SECONDS seconds"
